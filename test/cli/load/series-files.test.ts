import { expect, test } from "vitest";
import { seriesFiles } from "../../../src/cli/load/series-files.ts";

const startedAt = new Date("2026-11-21T10:00:00.000Z");
const names = (out: string | null) => {
  const files = seriesFiles("chat", startedAt, out, "/work");
  return [files.run(1), files.run(12), files.beside("summary")];
};

test("the files of a series share a stem", () => {
  expect(seriesFiles("chat", startedAt, "base.json", "/work").single).toBe("/work/base.json");
  expect(names("base.json")).toEqual([
    "/work/base-1.json",
    "/work/base-12.json",
    "/work/base-summary.json",
  ]);
  const stem = "chat-2026-11-21T10-00-00.000Z";
  expect(names("there/")[1]).toBe(`/work/there/${stem}-12.json`);
  expect(names(null)[2]).toBe(`/work/results/${stem}-summary.json`);
});
