import { describe, expect, it } from "vitest";
import type { PauseCause } from "../../../src/metrics/disturbance/disturbance.ts";
import { Disturbances } from "../../../src/metrics/disturbance/disturbances.ts";

const ms = 1e6;
const pause = (fromMs: number, toMs: number, cause: PauseCause, worker = 0) => ({
  worker,
  fromNs: fromMs * ms,
  toNs: toMs * ms,
  cause,
});
const interval = (fromMs: number, lostMs: number, isDisturbed = true) => ({
  fromNs: fromMs * ms,
  toNs: (fromMs + 250) * ms,
  lostNs: lostMs * ms,
  isDisturbed,
});

describe("what may have delayed an exchange", () => {
  it("is its worker's pauses and the machine, and never more than its own time", () => {
    const all = new Disturbances();
    all.paused([pause(100, 200, "stopped")]);
    all.machine(interval(0, 25));
    const lost = (worker: number, fromMs: number, toMs: number) =>
      all.lostNs(worker, fromMs * ms, toMs * ms) / ms;
    expect(lost(1, 0, 250)).toBe(25);
    expect(lost(0, 0, 250)).toBe(125);
    expect(lost(0, 100, 150)).toBe(50);
    expect(lost(0, 200, 200)).toBe(0);
    expect(all.meanLostNs([0, 1], 0, 250 * ms)).toBe(75 * ms);
    expect(all.meanLostNs([], 0, 250 * ms)).toBe(0);
  });

  it("counts a worker's wait for a CPU once, though the machine's watch sees it as well", () => {
    const all = new Disturbances();
    all.paused([pause(0, 20, "gc"), pause(100, 200, "cpu")]);
    const lost = () => all.lostNs(0, 0, 250 * ms) / ms;
    expect(lost()).toBe(120);
    all.machine(interval(0, 110));
    expect(lost()).toBe(130);
  });

  it("knows the machine's disturbed intervals, not those that lost a little", () => {
    const all = new Disturbances();
    all.machine(interval(0, 25));
    all.machine(interval(250, 1, false));
    expect(all.isMachineDisturbed(200 * ms, 300 * ms)).toBe(true);
    expect(all.isMachineDisturbed(250 * ms, 500 * ms)).toBe(false);
    expect(all.machineEndNs(500 * ms)).toBe(250 * ms);
  });
});

describe("the longest disturbance", () => {
  const second = [0, 1e9] as const;

  it("is the generator's where a worker was stopped for longer than the machine lost", () => {
    const all = new Disturbances();
    expect(all.longest(...second)).toBeNull();
    for (let at = 0; at < 1000; at += 250) all.machine(interval(at, 50));
    expect(all.longest(...second)).toEqual({ by: "machine", pause: null, ns: 200 * ms });
    all.paused([pause(100, 150, "gc"), pause(200, 500, "stopped"), pause(600, 610, "unknown")]);
    expect(all.longest(...second)).toEqual({
      by: "generator",
      pause: pause(200, 500, "stopped"),
      ns: 300 * ms,
    });
  });

  it("is the machine's where a worker waited for a CPU", () => {
    const all = new Disturbances();
    all.paused([pause(100, 150, "gc"), pause(200, 500, "cpu")]);
    expect(all.longest(...second)).toMatchObject({ by: "machine", ns: 300 * ms });
    expect(all.longest(2e9, 3e9)).toBeNull();
  });

  it("is the generator's where a worker had no time to spare", () => {
    const all = new Disturbances();
    all.machine(interval(0, 20));
    all.saturated(0, 0, 500 * ms);
    all.saturated(0, 0, 500 * ms);
    expect(all.longest(...second)).toEqual({ by: "generator", pause: null, ns: 500 * ms });
  });
});
