import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  pairedInterval,
  shiftOf,
  signedRankTest,
  smallestPairedP,
} from "../../src/compare/signed-rank-test.ts";
import { rounds } from "../support/fuzz.ts";

/** Enumerates every way to give signs to the differences, which the test counts by sums of ranks. */
function byHand(differences: readonly number[]): number {
  const sizes = differences.map(Math.abs);
  const rank = (size: number) =>
    sizes.filter((other) => other < size).length +
    (sizes.filter((other) => other === size).length + 1) / 2;
  const sum = (signs: readonly number[]) =>
    signs.reduce((total, sign, i) => total + sign * (sizes[i] === 0 ? 0 : rank(sizes[i] ?? 0)), 0);
  const own = Math.abs(sum(differences.map(Math.sign)));
  const ways = Array.from({ length: 2 ** sizes.length }, (_, way) =>
    sum(sizes.map((_size, i) => ((way >> i) & 1 ? 1 : -1))),
  );
  return ways.filter((one) => Math.abs(one) >= own - 1e-9).length / ways.length;
}

/** 1 to n, of which these are negative. */
const withNegative = (n: number, ...negative: number[]) =>
  Array.from({ length: n }, (_, i) => (negative.includes(i + 1) ? -(i + 1) : i + 1));

describe("Wilcoxon's signed-rank test", () => {
  // Two-sided p of the sum of the negative ranks, as in published tables.
  test.each([
    [withNegative(5), 2 / 32],
    [withNegative(6), 2 / 64],
    [withNegative(8, 3), 10 / 256],
    [withNegative(10, 8), 50 / 1024],
    [withNegative(10, 1, 2, 5), 50 / 1024],
    [withNegative(10, 9), 66 / 1024],
    [[-1, 2], 1],
    [[3], 1],
  ])("%j: p = %d", (differences, p) => {
    expect(signedRankTest(differences)).toBeCloseTo(p, 12);
    expect(signedRankTest(differences.map((value) => -value))).toBeCloseTo(p, 12);
  });

  test("is exact with ties and zeros", () => {
    const differences = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(differences, (given) => {
        expect(signedRankTest(given)).toBeCloseTo(byHand(given), 10);
      }),
      { numRuns: rounds(50, 2000) },
    );
  });

  test("finds nothing where nothing differs", () => {
    expect(signedRankTest([0, 0, 0, 0, 0, 0])).toBe(1);
  });

  test("never gives less than the number of pairs allows", () => {
    expect(smallestPairedP(1)).toBe(1);
    for (const n of [2, 6, 10, 100]) {
      expect(signedRankTest(withNegative(n)) / smallestPairedP(n)).toBeCloseTo(1, 9);
    }
  });
});

describe("the shift within pairs", () => {
  test("is the median of the means of every two differences", () => {
    expect(shiftOf([1, 2, 3])).toBe(2);
    expect(shiftOf([0, 0, 0, 0, 999])).toBe(0);
    expect(shiftOf([5])).toBe(5);
  });

  test("does not have what adds to one pair and takes from the next", () => {
    const drifting = Array.from({ length: 10 }, (_, i) => 7 + (i % 2 === 0 ? 3 : -3));
    expect(shiftOf(drifting)).toBe(7);
  });
});

describe("the interval", () => {
  test("is what the test does not rule out", () => {
    const value = fc.tuple(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 0, max: 3 }));
    const differences = fc
      .uniqueArray(value, { minLength: 6, maxLength: 14, selector: ([size]) => size })
      .map((given) => given.map(([size, sign]) => (sign === 0 ? -size : size)));
    fc.assert(
      fc.property(differences, (given) => {
        const { shift, low, high } = pairedInterval(given, 0.05);
        const isIn = low <= 0 && 0 <= high;
        const p = signedRankTest(given);
        if (Math.abs(p - 0.05) > 1e-9) expect(p > 0.05).toBe(isIn);
        expect(low).toBeLessThanOrEqual(shift);
        expect(high).toBeGreaterThanOrEqual(shift);
      }),
      { numRuns: rounds(100, 5000) },
    );
  });

  test("cuts as the tables say: the 9th of 55 for 10 pairs, and nothing of 5", () => {
    const { low, high } = pairedInterval([1, 2, 4, 8, 16, 32, 64, 128, 256, 512], 0.05);
    // 1, 1.5, 2, 2.5, 3, 4, 4.5, 5, 6: in ascending order.
    expect(low).toBe(6);
    expect(high).toBe(257);
    expect(pairedInterval([1, 2, 4, 8, 16], 0.05)).toMatchObject({ low: 1, high: 16 });
    expect(pairedInterval([3], 0.05)).toEqual({ shift: 3, low: 3, high: 3 });
  });
});
