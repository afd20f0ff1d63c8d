import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { commands, programTexts } from "../../../src/cli/command-line.ts";
import { manPages } from "../../../src/cli/man/man-pages.ts";

const pages = manPages(programTexts, commands);
const names = [...pages.keys()].toSorted();

test("man/ has the pages of the commands as they are: npm run schema writes them", () => {
  expect(readdirSync("man").toSorted()).toEqual(names);
  for (const [name, text] of pages) expect(readFileSync(`man/${name}`, "utf8")).toBe(text);
});

test("package.json names each page, and packs them", () => {
  const { man, files } = JSON.parse(readFileSync("package.json", "utf8"));
  expect(man).toEqual(names.map((name) => `./man/${name}`));
  expect(files).toContain("man");
});

test("a page has every option, and no line that a text has turned into a request", () => {
  const known = /^\.(TH|SH|TP|PP|B|I|BR|RI|br|nf|fi)( |$)|^\.\\"/;
  for (const command of commands) {
    const text = pages.get(`slash8-${command.name}.1`) ?? "";
    const requests = text.split("\n").filter((line) => /^[.']/.test(line));
    expect(requests.filter((line) => !known.test(line))).toEqual([]);
    for (const option of Object.keys(command.options)) {
      expect(text).toContain(`\\fB\\-\\-${option.replaceAll("-", "\\-")}\\fR`);
    }
  }
});

test("what troff would read is escaped", () => {
  const command = {
    ...(commands[0] as (typeof commands)[number]),
    describe: "a\\b",
    epilogue: `${"x".repeat(76)} .SH and 'quote --flag`,
    examples: [["$0 load '\\d' -x", "it's"] as const],
  };
  const text = manPages(programTexts, [command]).get(`slash8-${command.name}.1`) ?? "";
  expect(text).toContain("\\- a\\eb\n");
  expect(text).toContain("\n\\&.SH and 'quote \\-\\-flag\n");
  expect(text).toContain("    slash8 load '\\ed' \\-x\n");
});
