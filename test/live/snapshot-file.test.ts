import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { SnapshotFile } from "../../src/live/snapshot-file.ts";
import type { WatchedRun } from "../../src/live/watcher.ts";
import { readResult } from "../../src/results/files/read.ts";
import type { RunResult } from "../../src/results/result.ts";
import { sample } from "../report/samples.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { runView } from "./samples.ts";

function watched(results: () => RunResult | null, messages: string[] = []): WatchedRun {
  return { view: runView, resultSoFar: results, report: (text) => void messages.push(text) };
}

function play(minutes: number, use: () => void): void {
  vi.useFakeTimers();
  try {
    use();
    vi.advanceTimersByTime(minutes * 60_000);
  } finally {
    vi.useRealTimers();
  }
}

const everyNs = 300e9;

test("what was measured so far is a result, written again and again, and removed for the real one", async () => {
  const folder = makeTempDir();
  const snapshots = new SnapshotFile(everyNs, () => join(folder, "new", "day.json"));
  const path = join(folder, "new", "day.snapshot.json");
  let minutes = 0;
  const results = vi.fn(() => {
    minutes += 5;
    const result = sample();
    return { ...result, run: { ...result.run, durationMs: minutes * 60_000 } };
  });
  play(11, () => snapshots.begin(watched(results)));
  expect(results).toHaveBeenCalledTimes(2);
  expect(readdirSync(join(folder, "new"))).toEqual(["day.snapshot.json"]);
  const { run, workloads } = readResult(path);
  expect(run).toMatchObject({ outcome: "interrupted", invalidBy: null });
  expect(run.reasons).toEqual([expect.stringMatching(/^the run goes on: .* after 10m0s; /)]);
  expect(workloads).toEqual(sample().workloads);
  await snapshots.end(sample());
  expect(existsSync(path)).toBe(true);
  await snapshots.close();
  expect(existsSync(path)).toBe(false);
});

test("of a run that failed it stays, and where it is is said", async () => {
  const folder = makeTempDir();
  const messages: string[] = [];
  const snapshots = new SnapshotFile(everyNs, () => join(folder, "day.json"));
  play(6, () => snapshots.begin(watched(sample, messages)));
  await snapshots.end(null);
  await snapshots.close();
  const path = join(folder, "day.snapshot.json");
  expect(existsSync(path)).toBe(true);
  expect(messages).toEqual([`what the run had measured so far is in ${path}`]);
});

test("nothing is written before there is anything, and what cannot be written is said once", async () => {
  const folder = makeTempDir();
  const messages: string[] = [];
  const none = new SnapshotFile(everyNs, () => join(folder, "none.json"));
  play(6, () => none.begin(watched(() => null)));
  await none.end(null);
  expect(readdirSync(folder)).toEqual([]);
  writeFileSync(join(folder, "file"), "");
  const snapshots = new SnapshotFile(everyNs, () => join(folder, "file", "x.json"));
  play(16, () => snapshots.begin(watched(sample, messages)));
  await snapshots.end(null);
  expect(messages).toEqual([expect.stringContaining("a snapshot of the run could not be written")]);
});
