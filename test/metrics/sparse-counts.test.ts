import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  meanOf,
  mergeCounts,
  noCounts,
  percentileOf,
  stdDevOf,
} from "../../src/metrics/sparse-counts.ts";
import { countsOf, durations } from "./samples.ts";

describe("mergeCounts", () => {
  test("split, then merged, is the whole", () => {
    fc.assert(
      fc.property(fc.array(fc.array(durations, { maxLength: 40 }), { maxLength: 6 }), (parts) => {
        const { sumOfSquares, ...merged } = mergeCounts(parts.map(countsOf));
        const { sumOfSquares: wholeSquares, ...whole } = countsOf(parts.flat());
        expect(merged).toEqual(whole);
        expect(Math.abs(sumOfSquares - wholeSquares)).toBeLessThanOrEqual(wholeSquares * 1e-12);
      }),
    );
  });

  test("of two: buckets of one, of the other and of both", () => {
    const a = [5, 5, 9_000, 2e6];
    const b = [1, 9_000, 4e9];
    expect(mergeCounts([countsOf(a), countsOf(b)])).toEqual(countsOf([...a, ...b]));
    expect(mergeCounts([countsOf(b), countsOf(a)])).toEqual(countsOf([...a, ...b]));
    expect(mergeCounts([countsOf(a), countsOf(a)])).toEqual(countsOf([...a, ...a]));
  });

  test("leaves its parts as they were", () => {
    const part = countsOf([5, 9_000, 9_000]);
    mergeCounts([part, part, countsOf([1])]);
    expect(part).toEqual(countsOf([5, 9_000, 9_000]));
  });

  test("nothing merges to nothing", () => {
    expect(mergeCounts([])).toEqual(noCounts);
    expect(mergeCounts([noCounts, noCounts])).toEqual(noCounts);
  });
});

describe("percentileOf", () => {
  test("returns the smallest value that enough samples do not exceed", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 2047 }), { minLength: 1, maxLength: 300 }),
        fc.constantFrom(0.001, 1, 50, 90, 99, 99.9, 99.99, 100),
        (values, percentile) => {
          const sorted = values.toSorted((a, b) => a - b);
          const got = percentileOf(countsOf(values), percentile) as number;
          const within = sorted.filter((value) => value <= got).length;
          const below = sorted.filter((value) => value < got).length;
          expect(within / sorted.length).toBeGreaterThanOrEqual(percentile / 100 - 1e-12);
          expect(below / sorted.length).toBeLessThan(percentile / 100);
        },
      ),
    );
  });

  test("is correct although 99.9 / 100 * 1000 is slightly more than 999", () => {
    const values = Array.from({ length: 1000 }, (_, i) => i + 1);
    expect(percentileOf(countsOf(values), 99.9)).toBe(999);
    expect(percentileOf(countsOf(values), 50)).toBe(500);
  });

  test("never exceeds the exact maximum", () => {
    expect(percentileOf(countsOf([1_000_001]), 99)).toBe(1_000_001);
  });

  test("has no value without samples", () => {
    expect(percentileOf(noCounts, 50)).toBeNull();
    expect(meanOf(noCounts)).toBeNull();
    expect(stdDevOf(noCounts)).toBeNull();
  });
});

test("mean and standard deviation are those of the samples", () => {
  const counts = countsOf([2e6, 4e6, 4e6, 4e6, 5e6, 5e6, 7e6, 9e6]);
  expect(meanOf(counts)).toBe(5e6);
  expect(stdDevOf(counts)).toBeCloseTo(2e6, 3);
  expect(stdDevOf(countsOf([7, 7, 7]))).toBe(0);
});
