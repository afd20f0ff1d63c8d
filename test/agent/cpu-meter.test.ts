import { describe, expect, it } from "vitest";
import { CpuMeter, combinedUtilization } from "../../src/agent/cpu-meter.ts";
import { monotonicNs } from "../../src/base/clock.ts";
import { utilization } from "../machine/usage/utilization.ts";

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function burn(ms: number): void {
  const untilNs = monotonicNs() + ms * 1e6;
  while (monotonicNs() < untilNs);
}

it("counts the CPU time between the start of steady state and the first end", async () => {
  const meter = new CpuMeter();
  const startNs = monotonicNs();
  meter.plan(startNs + 20e6, Number.POSITIVE_INFINITY);
  burn(10);
  await sleep(60);
  burn(50);
  meter.end();
  const wholeSeconds = (monotonicNs() - startNs) / 1e9;
  burn(100);
  const use = meter.take();
  const used = (use?.userSeconds ?? 0) + (use?.systemSeconds ?? 0);
  expect(used).toBeGreaterThan(0);
  // CPU time used after the end is not included: it is at most the wall time in between.
  expect(used).toBeLessThanOrEqual((use?.overSeconds ?? 0) * 4);
  expect(use?.overSeconds).toBeGreaterThanOrEqual(0.05);
  // One thread's wait is part of the time that it took; its clock and the times of waiting are not read in one moment.
  if (process.platform === "linux") {
    expect(use?.waitedSeconds).toBeGreaterThanOrEqual(0);
    expect(use?.waitedSeconds).toBeLessThanOrEqual(wholeSeconds);
  }
});

it("reports nothing where steady state was not reached", () => {
  const meter = new CpuMeter();
  meter.plan(monotonicNs() + 60e9, monotonicNs() + 90e9);
  meter.end();
  expect(meter.take()).toBeNull();
});

describe("a worker's utilization", () => {
  it("adds up by the length of its intervals", () => {
    const longer = {
      ...utilization,
      fromNs: 1e9,
      toNs: 4e9,
      busyRatio: 0.6,
      gcPauses: 2,
      gcNs: 9e6,
    };
    expect(combinedUtilization([utilization, { ...longer, gcLongestNs: 5e6 }])).toEqual({
      worker: 3,
      busyRatio: 0.5,
      waitedRatio: 0.05,
      gcPauses: 3,
      gcSeconds: 0.011,
      gcLongestSeconds: 0.005,
    });
  });

  it("does not know waits where one interval does not", () => {
    expect(
      combinedUtilization([utilization, { ...utilization, waitedNs: null }])?.waitedRatio,
    ).toBeNull();
    expect(combinedUtilization([])).toBeNull();
  });
});

it("counts the intervals that lie entirely in steady state", async () => {
  const meter = new CpuMeter();
  const nowNs = monotonicNs();
  meter.plan(nowNs + 10e6, Number.POSITIVE_INFINITY);
  meter.add({ ...utilization, fromNs: nowNs, toNs: nowNs + 1e6, busyRatio: 1 });
  await sleep(40);
  const fromNs = monotonicNs();
  meter.add({ ...utilization, fromNs, toNs: fromNs + 1, worker: 7 });
  meter.add({ ...utilization, fromNs: nowNs, toNs: fromNs, worker: 5 });
  meter.add({ ...utilization, fromNs, toNs: fromNs + 1, worker: 2 });
  meter.end();
  meter.add({ ...utilization, fromNs, toNs: monotonicNs() + 1e9, worker: 2, busyRatio: 1 });
  expect(meter.takeWorkers().map(({ worker, busyRatio }) => [worker, busyRatio])).toEqual([
    [2, 0.2],
    [7, 0.2],
  ]);
  meter.take();
});
