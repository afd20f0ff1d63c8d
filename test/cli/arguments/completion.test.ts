import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { completePath, fileKinds } from "../../../src/cli/arguments/completion.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

test("completes files of a kind and directories, nothing else", () => {
  const folder = makeTempDir();
  mkdirSync(join(folder, "scenarios"));
  for (const name of ["a.yaml", "ab.yml", "abc.json", ".hidden.yaml", "scenarios/quick.yaml"]) {
    writeFileSync(join(folder, name), "");
  }
  const complete = (typed: string, kind = "scenario") =>
    completePath(join(folder, "/") + typed, fileKinds.get(kind) as RegExp).map((path) =>
      path.slice(folder.length + 1),
    );
  expect(complete("")).toEqual(["a.yaml", "ab.yml", "scenarios/"]);
  expect(complete("ab")).toEqual(["ab.yml"]);
  expect(complete("sc")).toEqual(["scenarios/"]);
  expect(complete("scenarios/")).toEqual(["scenarios/quick.yaml"]);
  expect(complete(".h")).toEqual([".hidden.yaml"]);
  expect(complete("none/")).toEqual([]);
  expect(complete("", "result")).toEqual(["abc.json", "scenarios/"]);
});
