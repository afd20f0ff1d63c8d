import { expect, it } from "vitest";
import { guardYaml } from "../../../src/scenario/source/yaml-guard.ts";
import { readYamlTree } from "../../../src/scenario/source/yaml-tree.ts";
import { isLong } from "../../support/fuzz.ts";
import { chat } from "../samples.ts";

it("lets scenarios pass", () => {
  expect(guardYaml(chat)).toBeNull();
  expect(guardYaml(`a: [${"[".repeat(50)}${"]".repeat(50)}]`)).toBeNull();
  expect(guardYaml(`a: {${"b: c, ".repeat(5000)}}`)).toBeNull();
});

it("says where it is too deep", () => {
  expect(guardYaml(`a:\n  ${"[".repeat(65)}`)).toEqual({
    offset: 69,
    message: "nested too deeply",
  });
  expect(guardYaml(`${" ".repeat(300)}a: 1`)?.message).toBe("nested too deeply");
});

/** Pieces that, repeated for 1 MiB, took the YAML library seconds, minutes or the process with it. */
const pieces = [
  "[",
  "{",
  "- ",
  "? ",
  "a: ",
  "a:\n",
  "*a,",
  '"',
  "[]",
  "a,",
  "[? ",
  "!a ",
  "%a\n",
  "---\n",
  "&a ",
  "\n",
  "{a",
  "|\n",
  "'",
  "\\",
  "[a: ",
];

/** The largest that pass the guard take the longest. */
const sizes = isLong ? [1 << 14, 1 << 16, 1 << 18, 1 << 20] : [1 << 12];

it.each(pieces.flatMap((piece) => [piece, `a: [${piece}`, `a: "${piece}`, `a: |\n ${piece}`]))(
  "%j repeated ends in a tree or a problem",
  (text) => {
    const piece = pieces.find((end) => text.endsWith(end)) ?? text;
    for (const size of sizes) {
      const source = text + piece.repeat(Math.floor(size / piece.length));
      const problems: unknown[] = [];
      const tree = readYamlTree(source, "f", {}, problems as never[]);
      expect(tree !== null || problems.length > 0).toBe(true);
      expect(problems.length).toBeLessThan(300_000);
    }
  },
);
