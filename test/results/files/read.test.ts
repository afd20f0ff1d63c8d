import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/base/errors.ts";
import { buildResult } from "../../../src/results/build/build.ts";
import { readResult } from "../../../src/results/files/read.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { resultInput } from "../fixture.ts";

function file(text: string): string {
  const path = join(makeTempDir(), "result.json");
  writeFileSync(path, text);
  return path;
}

describe("a result that is read", () => {
  it("is the one that was written", () => {
    const result = JSON.parse(JSON.stringify(buildResult(resultInput())));
    expect(readResult(file(JSON.stringify(result)))).toEqual(result);
  });

  it.each([
    ["another program's", '{"status":"ok"}', /is not a result of slash8/],
    ["of a later version", null, /schema version 99, written by slash8 0\.1\.0/],
    ["not JSON", "PASS", /is not JSON/],
    ["a text", '"x"', /is not a result of slash8/],
  ])("is refused where it is %s", (_, text, message) => {
    const later = { ...buildResult(resultInput()), schemaVersion: 99 };
    const path = file(text ?? JSON.stringify(later));
    expect(() => readResult(path)).toThrow(message);
    expect(() => readResult(path)).toThrow(UserError);
  });

  it("is refused where there is none", () => {
    expect(() => readResult(join(makeTempDir(), "nothing.json"))).toThrow(/there is no such file/);
  });
});
