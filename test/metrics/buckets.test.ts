import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bucketCount,
  bucketOf,
  highestOf,
  highestTrackableNs,
  lowestOf,
  medianOf,
} from "../../src/metrics/buckets.ts";

const values = fc.oneof(
  fc.integer({ min: 0, max: 5000 }),
  fc.integer({ min: 0, max: highestTrackableNs }),
  // Around the powers of two, where the layout changes.
  fc
    .tuple(fc.integer({ min: 0, max: 41 }), fc.integer({ min: -2, max: 2 }))
    .map(([exponent, by]) => Math.max(0, 2 ** exponent + by)),
);

describe("bucketOf", () => {
  test.each([
    [0, 0],
    [1, 1],
    [2047, 2047],
    [2048, 2048],
    [2049, 2048],
    [2050, 2049],
    [4095, 3071],
    [4096, 3072],
    [2 ** 32 - 1, 23 * 1024 - 1],
    [2 ** 32, 23 * 1024],
    [highestTrackableNs, bucketCount - 1],
  ])("puts %d into bucket %d", (ns, bucket) => {
    expect(bucketOf(ns)).toBe(bucket);
  });

  test("floors fractions and counts what is not a time as 0", () => {
    expect(bucketOf(7.9)).toBe(7);
    expect(bucketOf(2047.99)).toBe(2047);
    expect(bucketOf(-1)).toBe(0);
    expect(bucketOf(-0.5)).toBe(0);
    expect(bucketOf(Number.NEGATIVE_INFINITY)).toBe(0);
    expect(bucketOf(Number.NaN)).toBe(0);
  });

  test("counts more than an hour as an hour", () => {
    expect(bucketOf(highestTrackableNs * 3)).toBe(bucketCount - 1);
    expect(bucketOf(Number.POSITIVE_INFINITY)).toBe(bucketCount - 1);
  });

  test("a value lies within its bucket, and the bucket is narrow", () => {
    fc.assert(
      fc.property(values, (ns) => {
        const bucket = bucketOf(ns);
        expect(lowestOf(bucket)).toBeLessThanOrEqual(ns);
        expect(highestOf(bucket)).toBeGreaterThanOrEqual(ns);
        expect(medianOf(bucket)).toBeGreaterThanOrEqual(lowestOf(bucket));
        expect(medianOf(bucket)).toBeLessThanOrEqual(highestOf(bucket));
        expect(highestOf(bucket) - lowestOf(bucket)).toBeLessThanOrEqual(ns / 1024);
      }),
    );
  });

  test("the buckets follow one another without a gap", () => {
    const wrong = Array.from({ length: bucketCount }, (_, bucket) => bucket).filter(
      (bucket) =>
        bucketOf(lowestOf(bucket)) !== bucket ||
        (bucket > 0 && lowestOf(bucket) !== highestOf(bucket - 1) + 1),
    );
    expect(wrong).toEqual([]);
  });
});
