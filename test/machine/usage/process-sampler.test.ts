import { expect, test } from "vitest";
import { monotonicNs } from "../../../src/base/clock.ts";
import { ProcessSampler } from "../../../src/machine/usage/process-sampler.ts";
import { parseStatus } from "../../../src/machine/usage/process-usage.ts";

test("CPU between two samples, peaks, and a target without processes", async () => {
  const self = { pids: [process.pid] };
  const nobody = { pids: [] };
  const sampler = new ProcessSampler([self, nobody], monotonicNs);
  await sampler.start();
  const begin = (await sampler.look()).get(self);
  burn(0.3);
  const end = (await sampler.look()).get(self);
  const summaries = await sampler.stop();

  const used = (end?.cpuSeconds ?? 0) - (begin?.cpuSeconds ?? 0);
  // The kernel counts in ticks of 10 ms, at each end.
  expect(used).toBeGreaterThan(0.27);
  expect(end?.atMs).toBeGreaterThan(begin?.atMs ?? Number.POSITIVE_INFINITY);
  expect([...summaries.keys()]).toEqual([self, nobody]);
  expect(summaries.get(self)?.rssBytesPeak).toBeGreaterThan(1 << 20);
  expect(summaries.get(self)?.timeline.length).toBeGreaterThanOrEqual(4);
  expect([...sampler.latest().keys()]).toEqual([self]);
  expect(summaries.get(nobody)).toMatchObject({ cpuSeconds: 0, rssBytesPeak: null });
});

test("samples requested at the same time are taken one after the other", async () => {
  const sampler = new ProcessSampler([{ pids: [process.pid] }], monotonicNs);
  await sampler.start();
  await Promise.all([sampler.look(), sampler.look(), sampler.look()]);
  const [summary] = (await sampler.stop()).values();
  const times = summary?.timeline.map(({ atMs }) => atMs) ?? [];
  expect(times.length).toBeGreaterThanOrEqual(5);
  expect(times).toEqual([...times].sort((a, b) => a - b));
});

test("/proc/<pid>/status", () => {
  const status = "Name:\tnode\nVmRSS:\t   50000 kB\nThreads:\t11\n";
  expect(parseStatus(status)).toEqual({ rssBytes: 50000 * 1024, threads: 11 });
  expect(parseStatus("Name:\tkthreadd\n")).toEqual({ rssBytes: null, threads: null });
});

/** Keeps one CPU busy until this process has used that much CPU time. */
function burn(seconds: number): void {
  const start = process.cpuUsage();
  for (;;) {
    const { user, system } = process.cpuUsage(start);
    if (user + system >= seconds * 1e6) return;
  }
}
