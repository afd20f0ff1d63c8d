import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { shippedProtocols } from "../../src/protocols/shipped.ts";

describe.each(Object.entries(shippedProtocols))("%s", (name, { options }) => {
  it("has a page with an example and all of its options", () => {
    const page = readFileSync(new URL(`../../docs/protocols/${name}.md`, import.meta.url), "utf8");
    expect(page).toMatch(new RegExp(`^ +protocol: (${name}$|\\{ ${name}: )`, "m"));
    const rows = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, option]) => option);
    expect(rows).toEqual(expect.arrayContaining(Object.keys(options)));
  });
});
