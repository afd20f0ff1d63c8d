import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { completePath, fileKinds } from "../../../src/cli/completion/paths.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

test("completes files of a kind and directories, nothing else", () => {
  const folder = makeTempDir();
  mkdirSync(join(folder, "scenarios"));
  for (const name of [
    "a.yaml",
    "ab.yml",
    "abc.json",
    ".hidden.yaml",
    "scenarios/quick.yaml",
    "m.mts",
  ]) {
    writeFileSync(join(folder, name), "");
  }
  const complete = (typed: string, kind: keyof typeof fileKinds = "scenario") =>
    completePath(join(folder, "/") + typed, fileKinds[kind]).map((path) =>
      path.slice(folder.length + 1),
    );
  expect(complete("")).toEqual(["a.yaml", "ab.yml", "m.mts", "scenarios/"]);
  expect(complete("ab")).toEqual(["ab.yml"]);
  expect(complete("sc")).toEqual(["scenarios/"]);
  expect(complete("scenarios/")).toEqual(["scenarios/quick.yaml"]);
  expect(complete(".h")).toEqual([".hidden.yaml"]);
  expect(complete("none/")).toEqual([]);
  expect(complete("", "folder")).toEqual(["scenarios/"]);
  expect(complete("", "result")).toEqual(["abc.json", "scenarios/"]);
});
