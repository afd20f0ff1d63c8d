import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { monotonicNs } from "../../../src/base/clock.ts";
import { isOwnWork, UtilizationMeter } from "../../../src/machine/usage/utilization-meter.ts";
import { utilization } from "./utilization.ts";

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("a thread's utilization", () => {
  it("is its own work where it mostly ran, not where it waited for a CPU", () => {
    const busy = { ...utilization, busyRatio: 1 };
    expect(isOwnWork({ ...busy, waitedNs: 0.4e9 })).toBe(true);
    expect(isOwnWork({ ...busy, waitedNs: 0.6e9 })).toBe(false);
    expect(isOwnWork({ ...busy, waitedNs: null })).toBe(true);
  });

  it("includes the garbage collections of its thread", async () => {
    const meter = new UtilizationMeter(0, () => 0.5, monotonicNs());
    let kept: number[][] = [];
    for (let round = 0; round < 200; round++) {
      kept = kept.slice(-20);
      for (let i = 0; i < 200; i++) kept.push(new Array<number>(1000).fill(round));
    }
    // Node reports them in a later pass of the event loop.
    for (let tries = 0; tries < 50; tries++) await sleep(1);
    const taken = meter.take(monotonicNs());
    expect(taken.gcPauses).toBeGreaterThan(0);
    expect(taken.gcNs).toBeGreaterThanOrEqual(taken.gcLongestNs);
    expect(taken.busyRatio).toBe(0.5);
    // What was reported is not reported again.
    expect(meter.take(monotonicNs())).toMatchObject({ fromNs: taken.toNs, gcPauses: 0, gcNs: 0 });
    meter.end();
  });
});

it("Node reports a worker's collections, although its turns block, as those of io_uring do", async () => {
  const source = `
    const { PerformanceObserver } = require("node:perf_hooks");
    let count = 0;
    new PerformanceObserver((list) => { count += list.getEntries().length; }).observe({ entryTypes: ["gc"] });
    let kept = [];
    for (let i = 0; i < 40000; i++) { if (i % 4000 === 0) kept = []; kept.push(new Array(1000).fill(i)); }
    const wait = new Int32Array(new SharedArrayBuffer(4));
    let turns = 0;
    const turn = () => {
      Atomics.wait(wait, 0, 0, 10);
      if (++turns < 10) setImmediate(turn);
      else require("node:worker_threads").parentPort.postMessage(count);
    };
    turn();`;
  const worker = new Worker(source, { eval: true });
  const count = await new Promise((resolve) => worker.once("message", resolve));
  await worker.terminate();
  expect(count).toBeGreaterThan(0);
});
