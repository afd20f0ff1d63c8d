import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { HistogramLogReader, listTags } from "hdr-histogram-js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { writeAtomically } from "../../../src/base/files/atomic-file.ts";
import { buildResult } from "../../../src/results/build/build.ts";
import { logPath, writeIntervalLog } from "../../../src/results/build/interval-log.ts";
import { resultFileName, resultPath } from "../../../src/results/files/result-path.ts";
import { writeResult } from "../../../src/results/files/write.ts";
import { resultInput } from "../fixture.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slash8-write-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const startedAt = new Date("2026-11-21T10:00:00.123Z");

describe("resultFileName", () => {
  test.each([
    ["chat", "chat-2026-11-21T10-00-00.123Z.json"],
    ["a/b\\..: c", "a-b-..-c-2026-11-21T10-00-00.123Z.json"],
    ["../../etc/passwd", "etc-passwd-2026-11-21T10-00-00.123Z.json"],
    ["löad", "l-ad-2026-11-21T10-00-00.123Z.json"],
    ["...", "run-2026-11-21T10-00-00.123Z.json"],
  ])("%s", (name, file) => {
    expect(resultFileName(name, startedAt)).toBe(file);
  });

  test("a long name is cut", () => {
    expect(resultFileName("x".repeat(1000), startedAt).length).toBeLessThan(200);
  });
});

describe("resultPath", () => {
  test("a file, a directory, or results/", () => {
    const path = (out: string | null) => resultPath("chat", startedAt, out, folder);
    const name = resultFileName("chat", startedAt);
    expect(path(null)).toBe(join(folder, "results", name));
    expect(path("there")).toBe(join(folder, "there", name));
    expect(path("there/run.json")).toBe(join(folder, "there", "run.json"));
    expect(path(join(folder, "run.JSON"))).toBe(join(folder, "run.JSON"));
    mkdirSync(join(folder, "odd.json"));
    expect(path("odd.json")).toBe(join(folder, "odd.json", name));
  });
});

describe("writeAtomically", () => {
  test("writes all chunks and leaves no other files", () => {
    const path = join(folder, "a.txt");
    writeAtomically(path, ["one ", "zwei ü ", "three"]);
    expect(readFileSync(path, "utf8")).toBe("one zwei ü three");
    writeAtomically(path, ["again"]);
    expect(readFileSync(path, "utf8")).toBe("again");
    expect(readdirSync(folder)).toEqual(["a.txt"]);
  });

  test("a failure half way leaves what was there", () => {
    const path = join(folder, "a.txt");
    writeFileSync(path, "before");
    function* failing() {
      yield "half";
      throw new Error("no more");
    }
    expect(() => writeAtomically(path, failing())).toThrow("no more");
    expect(readFileSync(path, "utf8")).toBe("before");
    expect(readdirSync(folder)).toEqual(["a.txt"]);
  });
});

describe("writeResult", () => {
  const result = buildResult(resultInput({ warnings: ["something"] }));

  test("writes JSON into a directory it makes", () => {
    const { path, warning } = writeResult(result, "deep/er", folder);
    expect(warning).toBeNull();
    expect(dirname(path)).toBe(join(folder, "deep", "er"));
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(JSON.parse(JSON.stringify(result)));
  });

  test("runs that began at the same time have a file each, and only a named file is replaced", () => {
    const paths = Array.from({ length: 3 }, () => writeResult(result, null, folder).path);
    const stem = paths[0]?.replace(/\.json$/, "");
    expect(paths).toEqual([`${stem}.json`, `${stem}-2.json`, `${stem}-3.json`]);
    for (const path of paths) expect(JSON.parse(readFileSync(path, "utf8")).run).toBeDefined();
    const named = join(folder, "mine.json");
    writeFileSync(named, "before");
    expect(writeResult(result, named, folder)).toEqual({ path: named, warning: null });
    expect(JSON.parse(readFileSync(named, "utf8")).run).toBeDefined();
    expect(readdirSync(folder).toSorted()).toEqual(["mine.json", "results"]);
    expect(readdirSync(join(folder, "results"))).toHaveLength(3);
  });

  test.each(["below", "below.json"])("%s of a file goes to the temporary directory", (below) => {
    writeFileSync(join(folder, "file"), "");
    const { path, warning } = writeResult(result, join("file", below), folder);
    try {
      expect(path.startsWith(join(tmpdir(), "slash8-"))).toBe(true);
      expect(warning).toContain(join(folder, "file", below));
      expect(warning).toContain(path);
      expect(JSON.parse(readFileSync(path, "utf8")).warnings).toEqual(["something", warning]);
    } finally {
      rmSync(dirname(path), { recursive: true });
    }
  });
});

test("a folder that cannot be created is replaced, not retried forever", () => {
  const { path, warning } = writeResult(buildResult(resultInput()), "/proc/nope/below/", folder);
  try {
    expect(warning).toContain("could not be written to /proc/nope/below/");
    expect(existsSync(path)).toBe(true);
  } finally {
    rmSync(dirname(path), { recursive: true });
  }
});

describe("writeIntervalLog", () => {
  test("is next to the result", () => {
    expect(logPath("/a/chat-1.json")).toBe("/a/chat-1.hlog");
    expect(logPath("/a/chat")).toBe("/a/chat.hlog");
  });

  test("has a line per second, workload and timing with samples, in order of time", () => {
    const path = join(folder, "run.hlog");
    writeIntervalLog(path, resultInput({ names: ["chat", "idle"] }));
    const log = readFileSync(path, "utf8");
    expect(listTags(log).sort()).toEqual(
      ["chat", "idle"].flatMap((name) => [
        `${name}.connectTime`,
        `${name}.outsideSteady.responseTime`,
        `${name}.outsideSteady.sendLag`,
        `${name}.outsideSteady.serviceTime`,
        `${name}.responseTime`,
        `${name}.sendLag`,
        `${name}.serviceTime`,
      ]),
    );
    const reader = new HistogramLogReader(log);
    const starts: number[] = [];
    let responses = 0;
    for (let next = reader.nextIntervalHistogram(); next !== null; ) {
      starts.push(next.startTimeStampMsec);
      if (next.tag === "chat.responseTime") responses += next.totalCount;
      next = reader.nextIntervalHistogram();
    }
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));
    expect(responses).toBe(3200);
    expect(existsSync(path)).toBe(true);
  });
});
