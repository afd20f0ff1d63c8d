import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { testProtocol } from "../../src/protocols/kit/test-protocol.ts";
import { withDefaults } from "../../src/protocols/options.ts";
import type { OptionSpec } from "../../src/protocols/protocol.ts";
import { shippedProtocols } from "../../src/protocols/shipped.ts";
import { trySession } from "../../src/protocols/spec.ts";

describe.each(Object.entries(shippedProtocols))("%s", (name, protocol) => {
  it("has a page with an example and all of its options", () => {
    const page = readFileSync(new URL(`../../docs/protocols/${name}.md`, import.meta.url), "utf8");
    expect(page).toMatch(new RegExp(`^ +protocol: (${name}$|\\{ ${name}: )`, "m"));
    const rows = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, option]) => option);
    expect(rows).toEqual(expect.arrayContaining(Object.keys(protocol.options)));
  });

  const { values, missing } = withDefaults(protocol.options, {});
  const options = { ...values, ...Object.fromEntries(missing.map((option) => [option, "x"])) };

  it("has sessions over each of its transports, with as few options as may be", async () => {
    for (const over of protocol.over) await trySession(protocol, options, over);
  });

  it("writes what the kit expects of any protocol", async () => {
    expect(await testProtocol(protocol, { options })).toEqual({ problems: [], messages: [] });
  });

  it("keeps passwords and tokens secret", () => {
    for (const [option, { secret }] of Object.entries<OptionSpec>(protocol.options)) {
      if (/password|token/i.test(option)) expect(secret, option).toBe(true);
    }
  });
});
