import { expect, it } from "vitest";
import { CpuMeter } from "../../src/agent/cpu-meter.ts";
import { monotonicNs } from "../../src/base/clock.ts";

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function burn(ms: number): void {
  const untilNs = monotonicNs() + ms * 1e6;
  while (monotonicNs() < untilNs);
}

it("counts the CPU time between the start of steady state and the first end", async () => {
  const meter = new CpuMeter();
  meter.plan(monotonicNs() + 20e6, Number.POSITIVE_INFINITY);
  burn(10);
  await sleep(60);
  burn(50);
  meter.end();
  burn(100);
  const use = meter.take();
  const used = (use?.userSeconds ?? 0) + (use?.systemSeconds ?? 0);
  expect(used).toBeGreaterThan(0);
  // CPU time used after the end is not included: it is at most the wall time in between.
  expect(used).toBeLessThanOrEqual((use?.overSeconds ?? 0) * 4);
  expect(use?.overSeconds).toBeGreaterThanOrEqual(0.05);
  // One thread's wait is part of the time it was measured over.
  if (process.platform === "linux") {
    expect(use?.waitedSeconds).toBeGreaterThanOrEqual(0);
    expect(use?.waitedSeconds).toBeLessThanOrEqual(use?.overSeconds ?? 0);
  }
});

it("reports nothing where steady state was not reached", () => {
  const meter = new CpuMeter();
  meter.plan(monotonicNs() + 60e9, monotonicNs() + 90e9);
  meter.end();
  expect(meter.take()).toBeNull();
});
