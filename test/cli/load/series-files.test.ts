import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { seriesFiles } from "../../../src/cli/load/series-files.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const startedAt = new Date("2026-11-21T10:00:00.000Z");
const stem = "chat-2026-11-21T10-00-00.000Z";

test("the files of a series share a stem", async () => {
  const named = await seriesFiles("chat", startedAt, "base.json", "/work");
  expect(named.single).toBe("/work/base.json");
  expect([named.run(1), named.run(12), named.beside("summary")]).toEqual([
    "/work/base-1.json",
    "/work/base-12.json",
    "/work/base-summary.json",
  ]);
  const inFolder = await seriesFiles("chat", startedAt, "there/", "/work");
  expect(inFolder.run(12)).toBe(`/work/there/${stem}-12.json`);
  const byDefault = await seriesFiles("chat", startedAt, null, "/work");
  expect(byDefault.beside("summary")).toBe(`/work/results/${stem}-summary.json`);
});

test("a name that the user has given is taken as it is, again and again", async () => {
  const names = await Promise.all(
    [1, 2].map(async () => (await seriesFiles("chat", startedAt, "base.json", "/work")).run(1)),
  );
  expect(names).toEqual(["/work/base-1.json", "/work/base-1.json"]);
});

test("a series does not take the stem of one before", async () => {
  const folder = makeTempDir();
  writeFileSync(join(folder, `${stem}-1.json`), "");
  const { single } = await seriesFiles("chat", startedAt, folder, "/work");
  expect(basename(single)).toBe("chat-2026-11-21T10-00-00.001Z.json");
});

test.runIf(process.platform === "linux")(
  "two that begin in the same millisecond do not share a stem",
  async () => {
    const folder = makeTempDir();
    const both = await Promise.all(
      [1, 2].map(() => seriesFiles("chat", startedAt, folder, "/work")),
    );
    expect(both.map(({ single }) => basename(single)).toSorted()).toEqual([
      `${stem}.json`,
      "chat-2026-11-21T10-00-00.001Z.json",
    ]);
  },
);
