import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { apiFiles } from "../../scripts/api/pages.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Names without a description, and functions, classes, constants and methods with examples of which one lacks it. */
function undocumented(files: ReadonlyMap<string, string>): string[] {
  return [...files].flatMap(([file, text]) => {
    if (!/api\/(?!README)\w+\.md$/.test(file)) return [];
    const [values = "", types = ""] = text.split("**Types**");
    const rows = (part: string) => [...part.matchAll(/^\| \[(\w+)\]\(#[\w-]+\) \| (.*) \|$/gm)];
    expect(rows(values).length, file).toBeGreaterThan(1);
    const sections = new Map(
      text.split(/^## /m).map((section) => [section.slice(0, section.indexOf("\n")), section]),
    );
    return [
      ...rows(text).flatMap(([, name, about]) => (about === "" ? [`${name}: no comment`] : [])),
      ...rows(values).flatMap(([, name = ""]) =>
        /^Example/m.test(sections.get(name) ?? "") ? [] : [`${name}: no @example`],
      ),
      ...["toPassGates", "toHold", "toBeNoSlowerThan", "toMatchBaseline"].flatMap((matcher) =>
        file.endsWith("vitest.md") && !text.includes(`Example of \`ResultMatchers.${matcher}\``)
          ? [`${matcher}: no @example`]
          : [],
      ),
      ...(types === "" ? [`${file}: no types`] : []),
    ];
  });
}

test("the pages and reports in docs/reference/api/ are those of the declarations (else run: npm run schema)", () => {
  const files = apiFiles();
  expect(files.size).toBeGreaterThan(8);
  for (const [name, text] of files) expect(readFileSync(root + name, "utf8"), name).toBe(text);
  const there = readdirSync(`${root}docs/reference/api`, { recursive: true, encoding: "utf8" });
  expect(there.filter((name) => name.endsWith(".md")).length).toBe(files.size);
  expect(undocumented(files)).toEqual([]);
});
