import { expect, test } from "vitest";
import { readComment, withoutExamples } from "../../../scripts/api/comments.js";
import { withImports } from "../../../scripts/api/imports.js";
import { asserted, examplesOf } from "../../support/code-blocks.ts";

const comment = `/**
     * Writes a number.
     *
     * @param value integer,
     *              0 to 9
     * @returns     the index after it
     * @example
     * const into = new Uint8Array(1);
     * if (into.length > 0) {
     *   write(into, 7); // => 1
     * }
     * @throws      UserError where it does not fit
     */`;

test("a comment is text, details and examples, whose indentation is kept", () => {
  const { text, details, examples } = readComment(comment);
  expect(text).toBe("Writes a number.");
  expect(details).toEqual([
    "- `value`: integer, 0 to 9",
    "- **Returns:** the index after it",
    "- **Throws:** UserError where it does not fit",
  ]);
  expect(examples).toEqual([
    "const into = new Uint8Array(1);\nif (into.length > 0) {\n  write(into, 7); // => 1\n}\n",
  ]);
  expect(readComment("")).toEqual({ text: "", details: [], examples: [] });
  expect(() => readComment("/**\n * @todo more\n */")).toThrow("@todo, which is not known");
});

test("a comment without its examples keeps what follows them", () => {
  expect(readComment(withoutExamples(comment))).toEqual({ ...readComment(comment), examples: [] });
  expect(withoutExamples("/** One line. */")).toBe("/** One line. */");
  expect(withoutExamples("/**\n * One.\n *\n * @example\n * one();\n */")).toBe(
    "/**\n * One.\n */",
  );
});

const declaration = (name: string, isValue = true) => {
  return { name, isExported: true, isValue, comment: "", code: "", examples: [] };
};
const entry = (specifier: string, ...declarations: ReturnType<typeof declaration>[]) => {
  return { name: specifier, specifier, report: "", introduction: "", declarations };
};
const main = entry("slash8", declaration("run"), declaration("Gate", false));
const other = entry("slash8/assert", declaration("assertPasses"));

test.each([
  ["run();", 'import { run } from "slash8";\n\nrun();'],
  ["x ? run : 1;", 'import { run } from "slash8";\n\nx ? run : 1;'],
  ["const g: Gate = y;", 'import { type Gate } from "slash8";\n\nconst g: Gate = y;'],
  ["(run) => run.chat;", "(run) => run.chat;"],
  ["a.run({ run: 1 }); // run", "a.run({ run: 1 }); // run"],
  ['f("run");', 'f("run");'],
])("%s gets the imports that it lacks", (code, expected) => {
  expect(withImports(code, main, [main, other])).toBe(expected);
});

test("what an example has of other entries is imported from them", () => {
  expect(withImports("assertPasses(await run(1));", other, [main, other])).toBe(
    'import { assertPasses } from "slash8/assert";\nimport { run } from "slash8";\n\nassertPasses(await run(1));',
  );
});

test("examples of a page are found, and what they promise is asserted", () => {
  const page =
    "## one\n\n```ts\nconst one = 1;\n```\n\nExample:\n\n```ts\none; // => 1\n```\n\n## two\n\nExample of `two.a`:\n\n```ts\ntwo.a();\n```\n";
  const examples = examplesOf(page);
  expect([...examples]).toEqual([
    ["one-0", "one; // => 1\n"],
    ["two-1", "two.a();\n"],
  ]);
  expect(asserted("f(1, 2); // => [1]\n")).toContain("slash8Assert.deepStrictEqual(f(1, 2), [1]);");
});
