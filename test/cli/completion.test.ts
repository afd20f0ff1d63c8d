import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { completeScenarioPath } from "../../src/cli/completion.ts";
import { makeTempDir } from "../support/temp-dir.ts";

test("completes scenario files and directories, nothing else", () => {
  const folder = makeTempDir();
  mkdirSync(join(folder, "scenarios"));
  for (const name of ["a.yaml", "ab.yml", "abc.json", ".hidden.yaml", "scenarios/quick.yaml"]) {
    writeFileSync(join(folder, name), "");
  }
  const complete = (typed: string) =>
    completeScenarioPath(join(folder, "/") + typed).map((path) => path.slice(folder.length + 1));
  expect(complete("")).toEqual(["a.yaml", "ab.yml", "scenarios/"]);
  expect(complete("ab")).toEqual(["ab.yml"]);
  expect(complete("sc")).toEqual(["scenarios/"]);
  expect(complete("scenarios/")).toEqual(["scenarios/quick.yaml"]);
  expect(complete(".h")).toEqual([".hidden.yaml"]);
  expect(complete("none/")).toEqual([]);
});
