import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSchedule } from "../../src/schedule/create-schedule.ts";
import type { Schedule } from "../../src/schedule/schedule.ts";
import { createStageCurve, type Stage } from "../../src/schedule/stages.ts";
import { rounds } from "../support/fuzz.ts";

function even(startRatePerSecond: number, stages: readonly Stage[]): Schedule {
  return createSchedule({ startRatePerSecond, stages, arrivals: "constant", seed: 0 });
}

const stage = fc.record({
  durationNs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 20_000_000_000 })),
  ratePerSecond: fc.oneof(
    fc.constant(0),
    fc.integer({ min: 1, max: 5_000 }),
    fc.double({ min: 0, max: 2_000, noNaN: true }),
    // Slopes near 0, and rates near 0.
    fc.integer({ min: -3, max: 3 }).map((k) => 100 + k * 1e-9),
    fc.double({ min: 0, max: 1e-6, noNaN: true }),
  ),
});
const startRate = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 5_000 }));
const stageList = fc.array(stage, { minLength: 1, maxLength: 6 });

/** Returns the expected arrivals up to a time by summing thin slices, independently of any closed form. */
function integrate(startRatePerSecond: number, stages: readonly Stage[], untilNs: number): number {
  let area = 0;
  let begin = 0;
  let rate = startRatePerSecond;
  for (const { durationNs, ratePerSecond } of stages) {
    const length = Math.min(durationNs, Math.max(0, untilNs - begin));
    const slices = 1000;
    for (let i = 0; i < slices && length > 0; i++) {
      const middle = ((i + 0.5) / slices) * length;
      const rateThere = rate + ((ratePerSecond - rate) * middle) / durationNs;
      area += (rateThere * length) / slices / 1e9;
    }
    begin += durationNs;
    rate = ratePerSecond;
  }
  return area;
}

describe("a schedule of stages", () => {
  it("keeps a constant rate exactly", () => {
    const schedule = even(20_000, [
      { durationNs: 5e9, ratePerSecond: 20_000 },
      { durationNs: 30e9, ratePerSecond: 20_000 },
    ]);
    expect(schedule.count).toBe(700_000);
    for (const n of [0, 1, 99_999, 100_000, 100_001, 699_999]) {
      expect(schedule.intendedNs(n)).toBe(n * 50_000);
    }
  });

  it("has the area under a ramp as its count", () => {
    expect(even(0, [{ durationNs: 10e9, ratePerSecond: 100 }]).count).toBe(500);
    expect(even(100, [{ durationNs: 10e9, ratePerSecond: 0 }]).count).toBe(500);
    expect(even(0, [{ durationNs: 5e9, ratePerSecond: 20_000 }]).count).toBe(50_000);
    expect(even(50, [{ durationNs: 250e6, ratePerSecond: 150 }]).count).toBe(25);
  });

  it("solves ramps up and down", () => {
    // 100/s after 10 s: area 5 t^2, so arrival n is at sqrt(n / 5) seconds.
    const up = even(0, [{ durationNs: 10e9, ratePerSecond: 100 }]);
    for (const n of [0, 1, 5, 20, 125, 499]) {
      expect(up.intendedNs(n)).toBe(Math.round(Math.sqrt(n / 5) * 1e9));
    }
    // The same curve run backwards.
    const down = even(100, [{ durationNs: 10e9, ratePerSecond: 0 }]);
    for (const n of [0, 1, 5, 20, 125, 495, 499]) {
      expect(Math.abs(down.intendedNs(n) - (10e9 - Math.sqrt((500 - n) / 5) * 1e9))).toBeLessThan(
        1,
      );
    }
  });

  it("keeps its precision where a ramp ends at rate 0", () => {
    const curve = createStageCurve(1000, [{ durationNs: 10e9, ratePerSecond: 0 }]);
    // The smallest distances from 5000 that a double resolves, and the time they take at 100/s^2.
    for (let units = 1; units < 200; units++) {
      const rest = units * 2 ** -40;
      const expectedNs = 10e9 - Math.sqrt((2 * rest) / 100) * 1e9;
      expect(Math.abs(curve.timeNs(5000 - rest) - expectedNs)).toBeLessThanOrEqual(0.51);
    }
  });

  it("keeps its precision for slopes near 0", () => {
    const flat = even(1000, [{ durationNs: 100e9, ratePerSecond: 1000 }]);
    const tilted = even(1000, [{ durationNs: 100e9, ratePerSecond: 1000 + 1e-9 }]);
    for (let n = 0; n < 100_000; n += 997) {
      expect(Math.abs(tilted.intendedNs(n) - flat.intendedNs(n))).toBeLessThanOrEqual(1);
    }
  });

  it("jumps where a stage has no length, and pauses where the rate is 0", () => {
    const schedule = even(0, [
      { durationNs: 5e9, ratePerSecond: 0 },
      { durationNs: 0, ratePerSecond: 10 },
      { durationNs: 1e9, ratePerSecond: 10 },
      { durationNs: 0, ratePerSecond: 0 },
      { durationNs: 2e9, ratePerSecond: 0 },
      { durationNs: 0, ratePerSecond: 2 },
      { durationNs: 1e9, ratePerSecond: 2 },
    ]);
    expect(schedule.count).toBe(12);
    expect(schedule.durationNs).toBe(9e9);
    expect(schedule.intendedNs(0)).toBe(5e9);
    expect(schedule.intendedNs(9)).toBe(5.9e9);
    expect(schedule.intendedNs(10)).toBe(8e9);
    expect(schedule.intendedNs(11)).toBe(8.5e9);
    expect([4.9e9, 5e9, 6e9, 7.9e9, 8e9, 9e9].map(schedule.due)).toEqual([0, 1, 10, 10, 11, 12]);
  });

  it("is not thrown off by rates without an exact binary form", () => {
    // 8.3 * 30 is 249.00000000000003.
    const schedule = even(8.3, [
      { durationNs: 30e9, ratePerSecond: 8.3 },
      { durationNs: 0, ratePerSecond: 0 },
      { durationNs: 10e9, ratePerSecond: 0 },
      { durationNs: 0, ratePerSecond: 8.3 },
      { durationNs: 30e9, ratePerSecond: 8.3 },
    ]);
    expect(schedule.count).toBe(498);
    expect(schedule.intendedNs(248)).toBeLessThan(30e9);
    expect(schedule.intendedNs(249)).toBe(40e9);
  });

  it("is empty without stages, without length and without rate", () => {
    for (const stages of [
      [],
      [{ durationNs: 0, ratePerSecond: 100 }],
      [{ durationNs: 1e9, ratePerSecond: 0 }],
    ]) {
      const schedule = even(0, stages);
      expect(schedule.count).toBe(0);
      expect(schedule.due(1e18)).toBe(0);
      expect(schedule.intendedNs(0)).toBe(Infinity);
    }
  });

  it("agrees with numeric integration of the rate", () => {
    fc.assert(
      fc.property(
        startRate,
        stageList,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (rate, stages, part) => {
          const schedule = even(rate, stages);
          const curve = createStageCurve(rate, stages);
          const whole = integrate(rate, stages, Infinity);
          expect(curve.area).toBeCloseTo(whole, 4);
          expect(Math.abs(schedule.count - whole)).toBeLessThan(1.0001);

          const elapsedNs = Math.floor(schedule.durationNs * part);
          const area = integrate(rate, stages, elapsedNs);
          expect(curve.areaAt(elapsedNs)).toBeCloseTo(area, 4);
          expect(Math.abs(schedule.due(elapsedNs) - area)).toBeLessThan(1.0001);

          const n = Math.floor(part * schedule.count);
          if (n < schedule.count) {
            expect(integrate(rate, stages, schedule.intendedNs(n))).toBeCloseTo(n, 4);
          }
        },
      ),
      { numRuns: rounds(50, 3000) },
    );
  });

  it("never goes back in time, stays within its length, and has `due` as its exact inverse", () => {
    fc.assert(
      fc.property(
        startRate,
        stageList,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 }),
        (rate, stages, parts) => {
          const schedule = even(rate, stages);
          expect(schedule.due(schedule.durationNs)).toBe(schedule.count);
          const wrong: unknown[] = [];
          for (const part of parts) {
            const n = Math.floor(part * schedule.count);
            if (n >= schedule.count) continue;
            const at = schedule.intendedNs(n);
            const elapsed = Math.floor(part * schedule.durationNs);
            const due = schedule.due(elapsed);
            const holds = {
              isInteger: Number.isInteger(at),
              isWithin: at >= 0 && at < schedule.durationNs,
              isInOrder: schedule.intendedNs(n + 1) >= at,
              isDueFromThen: schedule.due(at) > n && schedule.due(at - 1) <= n,
              wasDue: due === 0 || schedule.intendedNs(due - 1) <= elapsed,
              nextIsLater: schedule.intendedNs(due) > elapsed,
            };
            if (Object.values(holds).includes(false)) wrong.push({ n, at, elapsed, due, ...holds });
          }
          expect(wrong).toEqual([]);
        },
      ),
      { numRuns: rounds(200, 10_000) },
    );
  });

  it("refuses what no scenario lets through", () => {
    expect(() => even(-1, [])).toThrow("assertion failed");
    expect(() => even(0, [{ durationNs: Infinity, ratePerSecond: 1 }])).toThrow("assertion failed");
    expect(() => even(0, [{ durationNs: 1, ratePerSecond: Number.NaN }])).toThrow(
      "assertion failed",
    );
  });
});
