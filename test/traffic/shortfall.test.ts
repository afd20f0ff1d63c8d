import { describe, expect, it } from "vitest";
import { monotonicNs } from "../../src/base/clock.ts";
import { Recorder } from "../../src/metrics/recorder.ts";
import type { SchedulePortion } from "../../src/schedule/portion.ts";
import { PhaseClock } from "../../src/traffic/phase-clock.ts";
import { countUnsent } from "../../src/traffic/shortfall.ts";
import type { TrafficContext } from "../../src/traffic/traffic.ts";
import { Measured } from "../support/traffic.ts";

/** One arrival every 100 ms. */
const arrivals: SchedulePortion = {
  count: Number.POSITIVE_INFINITY,
  intendedNs: (n: number) => n * 100e6,
  due: (ns: number) => Math.max(0, Math.floor(ns / 100e6) + 1),
} as SchedulePortion;

function offered(clock: PhaseClock, begun: number): number {
  const recorder = new Recorder(0, 0, monotonicNs());
  const context = { recorder, saturated: () => false } as unknown as TrafficContext;
  countUnsent(context, clock, arrivals, begun, 1, false);
  return new Measured(recorder.snapshot(monotonicNs())).count("offered");
}

describe("what was due and never begun", () => {
  it("is counted until the end", () => {
    const clock = new PhaseClock(0, 2e9);
    clock.begin(1e9);
    expect(offered(clock, 5)).toBe(15);
    expect(offered(clock, 20)).toBe(0);
  });

  it("is nothing of a workload that was ended before it had begun", () => {
    const connecting = new PhaseClock(0, 2e9);
    connecting.endAt(1e9);
    expect(offered(connecting, 0)).toBe(0);
    const waiting = new PhaseClock(0, 2e9);
    waiting.begin(5e9);
    waiting.endAt(4e9);
    expect(offered(waiting, 0)).toBe(0);
  });
});
