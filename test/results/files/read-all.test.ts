import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { buildResult } from "../../../src/results/build/build.ts";
import { readResult } from "../../../src/results/files/read.ts";
import { readResults } from "../../../src/results/files/read-all.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { resultInput } from "../fixture.ts";

function files() {
  const folder = makeTempDir();
  const at = (name: string, value: unknown): string => {
    writeFileSync(join(folder, name), JSON.stringify(value));
    return join(folder, name);
  };
  const result = buildResult(resultInput());
  const [one, two] = [at("a-1.json", result), at("a-2.json", result)];
  const runs = [{ file: "a-1.json" }, { file: "a-2.json" }];
  return { at, one, two, summary: at("a-summary.json", { kind: "series", runs }) };
}

test("the summary of a series stands for its runs, and no file counts twice", () => {
  const { one, two, summary } = files();
  const paths = (given: string[]) => readResults(given).map(({ path }) => path);
  expect(paths([summary])).toEqual([one, two]);
  expect(paths([two, one, summary, one])).toEqual([two, one]);
});

test("a file that is not a result is refused, with its name", () => {
  const { at, one, summary } = files();
  expect(() => readResults([one, at("x.json", {})])).toThrow(/x\.json is not a result of slash8/);
  expect(() => readResult(summary)).toThrow(/summary of a series: name one of its runs/);
  expect(() => readResults([at("none.json", { kind: "series", runs: [] })])).toThrow(/no runs/);
});
