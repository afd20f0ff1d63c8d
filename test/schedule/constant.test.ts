import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { constantRateNs } from "../../src/schedule/constant.ts";
import { createConstantSchedule } from "../../src/schedule/create-schedule.ts";
import { rounds } from "../support/fuzz.ts";

/** Returns n * 1e9 / rate rounded to the nearest integer, halves up, in integers of any length. */
function exactNs(n: number, rate: number): number {
  const twice = BigInt(n) * 2_000_000_000n + BigInt(rate);
  return Number(twice / (2n * BigInt(rate)));
}

describe("constantRateNs", () => {
  it("is the correctly rounded quotient, however large n is", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5_000_000 }),
        fc.integer({ min: 0, max: 9_000_000 }),
        fc.integer({ min: 0, max: 4_999_999 }),
        (rate, seconds, rest) => {
          const n = rate * seconds + (rest % rate);
          expect(constantRateNs(n, rate)).toBe(exactNs(n, rate));
        },
      ),
      { numRuns: rounds(200, 20_000) },
    );
  });

  it("does not drift where n * 1e9 exceeds the exact integers", () => {
    const day = 86_400;
    expect(constantRateNs(100_000 * 7 * day, 100_000)).toBe(7 * day * 1e9);
    expect(constantRateNs(100_000 * 7 * day + 1, 100_000)).toBe(7 * day * 1e9 + 10_000);
    expect(constantRateNs(3 * 7 * day + 1, 3)).toBe(7 * day * 1e9 + 333_333_333);
  });

  it("takes rates below one and fractions", () => {
    expect(constantRateNs(3, 0.5)).toBe(6e9);
    expect(constantRateNs(333, 33.3)).toBe(10e9);
  });
});

describe("a constant schedule", () => {
  it.each([
    [1000, 1e9, 1000],
    [1000, 1e9 + 1, 1001],
    [1000, 1e9 - 1, 1000],
    [1, 1e9, 1],
    [0.1, 100e9, 10],
    [33.3, 10e9, 333],
    [0.7, 10e9, 7],
    [20_000, 35e9, 700_000],
    [3, 1, 1],
    // Arrival 2 rounds to the end itself.
    [3, 666_666_667, 2],
    [3, 0, 0],
    [0, 1e9, 0],
    [1e9, 1000, 1000],
  ])("at %d/s for %d ns has %d arrivals", (rate, durationNs, count) => {
    const schedule = createConstantSchedule(rate, durationNs);
    expect(schedule.count).toBe(count);
    expect(schedule.durationNs).toBe(durationNs);
    expect(schedule.intendedNs(count)).toBe(Infinity);
    expect(schedule.due(durationNs)).toBe(count);
    if (count > 0) expect(schedule.intendedNs(count - 1)).toBeLessThan(durationNs);
  });

  it("starts at 0 and keeps equal distances", () => {
    const schedule = createConstantSchedule(4, 1e9);
    expect([0, 1, 2, 3, 4].map(schedule.intendedNs)).toEqual([0, 250e6, 500e6, 750e6, Infinity]);
    expect([-1, 0, 1, 249_999_999, 250e6, 1e12].map(schedule.due)).toEqual([0, 1, 1, 1, 2, 4]);
  });

  it("may have no end", () => {
    const schedule = createConstantSchedule(3, Infinity);
    expect(schedule.count).toBe(Infinity);
    expect(schedule.intendedNs(3e12)).toBe(1e21);
    expect(schedule.due(1e15)).toBe(3e6 + 1);
  });

  it("never starts where the rate is 0 and there is no end", () => {
    const schedule = createConstantSchedule(0, Infinity);
    expect(schedule.count).toBe(0);
    expect(schedule.due(1e15)).toBe(0);
    expect(schedule.intendedNs(0)).toBe(Infinity);
  });

  it("has `due` as the exact inverse of `intendedNs`", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.integer({ min: 1, max: 1_000_000_000 }),
          fc.double({ min: 0.001, max: 1e6, noNaN: true }),
        ),
        fc.integer({ min: 0, max: 1e10 }),
        (rate, n) => {
          const schedule = createConstantSchedule(rate, Infinity);
          const at = schedule.intendedNs(n);
          fc.pre(at < 2 ** 53);
          expect(schedule.due(at)).toBeGreaterThan(n);
          expect(schedule.due(at - 1)).toBeLessThanOrEqual(n);
          expect(schedule.intendedNs(schedule.due(at))).toBeGreaterThan(at);
          expect(schedule.intendedNs(n + 1)).toBeGreaterThanOrEqual(at);
        },
      ),
      { numRuns: rounds(200, 20_000) },
    );
  });

  it("refuses invalid rates", () => {
    for (const rate of [-1, Number.NaN, Infinity, 2e9]) {
      expect(() => createConstantSchedule(rate, 1e9)).toThrow("assertion failed");
    }
  });
});
