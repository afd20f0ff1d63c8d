import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { apiFiles } from "../../scripts/api/pages.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

test("the pages and reports in docs/reference/api/ are those of the declarations (else run: npm run schema)", () => {
  const files = apiFiles();
  expect(files.size).toBeGreaterThan(8);
  for (const [name, text] of files) expect(readFileSync(root + name, "utf8"), name).toBe(text);
  const there = readdirSync(`${root}docs/reference/api`, { recursive: true, encoding: "utf8" });
  expect(there.filter((name) => name.endsWith(".md")).length).toBe(files.size);
});
