import { expect, test } from "vitest";
import { ProcessAccount } from "../../../src/machine/usage/process-account.ts";
import type { ProcessUsage } from "../../../src/machine/usage/process-usage.ts";

function usage(pid: number, cpuSeconds: number, changes: Partial<ProcessUsage> = {}): ProcessUsage {
  return {
    pid,
    cpuSeconds,
    startedTicks: pid,
    rssBytes: 100,
    openFiles: 10,
    threads: 2,
    ...changes,
  };
}

test("CPU counts from the first sample, and completely for later processes", () => {
  const account = new ProcessAccount();
  expect(account.add(0, [usage(1, 5)]).cpuSeconds).toBe(0);
  expect(account.add(1000, [usage(1, 6), usage(2, 0.5)]).cpuSeconds).toBe(1.5);
});

test("an exited process keeps its usage; a reused pid is another process", () => {
  const account = new ProcessAccount();
  account.add(0, [usage(1, 0), usage(2, 0)]);
  account.add(1000, [usage(1, 1), usage(2, 2)]);
  expect(account.add(2000, [usage(1, 1)]).cpuSeconds).toBe(3);
  const reborn = usage(2, 0.25, { startedTicks: 999 });
  expect(account.add(3000, [usage(1, 1), reborn]).cpuSeconds).toBe(3.25);
});

test("a server that starts later counts from its start", () => {
  const account = new ProcessAccount();
  expect(account.add(0, []).rssBytes).toBeNull();
  expect(account.add(1000, [usage(1, 7)]).cpuSeconds).toBe(0);
});

test("peaks over the sums of all processes, files also in one process", () => {
  const account = new ProcessAccount();
  account.add(0, [usage(1, 0, { openFiles: 30 })]);
  account.add(1000, [usage(1, 0, { openFiles: 25 }), usage(2, 0, { openFiles: 20 })]);
  account.add(2000, [usage(1, 1, { openFiles: 5 })]);
  const summary = account.summary();
  expect(summary).toMatchObject({
    cpuSeconds: 1,
    rssBytesPeak: 200,
    openFilesPeak: 45,
    openFilesPeakPerProcess: 30,
    threadsPeak: 4,
  });
  expect(summary.timeline.map(({ atMs, processes }) => [atMs, processes])).toEqual([
    [0, 1],
    [1000, 2],
    [2000, 1],
  ]);
});

test("what the system does not report stays unknown", () => {
  const account = new ProcessAccount();
  account.add(0, [usage(1, 1, { rssBytes: null, openFiles: null, threads: null })]);
  expect(account.summary()).toMatchObject({ rssBytesPeak: null, openFilesPeak: null });
  expect(new ProcessAccount().summary()).toMatchObject({ cpuSeconds: 0, timeline: [] });
});

test("a day has few samples, with the peaks and the CPU time of all, and forgets who has exited", () => {
  const account = new ProcessAccount();
  for (let second = 0; second < 86_400; second++) {
    // A helper process lives for a minute, and memory saws between 100 and 1,099.
    const helper = usage(1000 + Math.floor(second / 60), (second % 60) / 60, { rssBytes: 0 });
    const rssBytes = 100 + (second % 1000);
    account.add(second * 1000, [usage(1, second / 100, { rssBytes }), helper]);
  }
  const { timeline, cpuSeconds, rssBytesPeak } = account.summary();
  expect(timeline.length).toBeLessThan(2700);
  expect(rssBytesPeak).toBe(1099);
  expect(cpuSeconds).toBeCloseTo(863.99 + 1440 * (59 / 60), 6);
  expect(timeline.reduce((sum, { seconds }) => sum + seconds, 0)).toBe(86_400);
  expect(timeline.every(({ atMs }, at) => at === 0 || atMs > (timeline[at - 1]?.atMs ?? 0))).toBe(
    true,
  );
  const [longest] = timeline.filter(({ seconds }) => seconds === 300);
  expect(longest).toMatchObject({
    second: 600,
    atMs: 899_000,
    rssBytes: 849.5 + 0.5,
    processes: 2,
  });
});
