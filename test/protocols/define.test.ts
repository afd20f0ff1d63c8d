import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import * as exported from "../../src/protocols/define.ts";
import { shippedProtocols } from "../../src/protocols/shipped.ts";

const folder = join(import.meta.dirname, "../../src/protocols");

/** Files of the protocols that ship: those of their folders, or the one of that name. */
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => {
  const [name = ""] = file.split(/[/.]/);
  return name in shippedProtocols && file.endsWith(".ts");
});

it("gives modules what the protocols that ship are made with", () => {
  expect(files.length).toBeGreaterThan(10);
  for (const file of files) {
    const text = readFileSync(join(folder, file), "utf8");
    const imports = text.matchAll(/^import \{([^}]*)\} from "(?:\.\.\/)+base\/[^"]*";/gm);
    const names = [...imports].flatMap(([, list = ""]) => list.split(",").map((one) => one.trim()));
    expect(Object.keys(exported), file).toEqual(expect.arrayContaining(names.filter(Boolean)));
  }
});
