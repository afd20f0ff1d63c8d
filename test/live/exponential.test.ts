import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Exponential, exponentialOf } from "../../src/live/exponential.ts";
import { bucketOf } from "../../src/metrics/buckets.ts";
import type { SparseCounts } from "../../src/metrics/snapshot.ts";
import { noCounts } from "../../src/metrics/sparse-counts.ts";
import { rounds } from "../support/fuzz.ts";

/** @param times ns */
function counted(times: readonly number[]): SparseCounts {
  if (times.length === 0) return noCounts;
  const sums = new Map<number, number>();
  for (const ns of times) sums.set(bucketOf(ns), (sums.get(bucketOf(ns)) ?? 0) + 1);
  const indexes = Uint32Array.from(sums.keys()).sort();
  return {
    indexes,
    counts: Float64Array.from(indexes, (index) => sums.get(index) ?? 0),
    count: times.length,
    min: Math.min(...times),
    max: Math.max(...times),
    sum: times.reduce((sum, ns) => sum + ns, 0),
    sumOfSquares: 0,
  };
}

/** Seconds below and up to which the samples of the first buckets are. */
function boundAfter({ scale, offset }: Exponential, buckets: number): number {
  return 2 ** ((offset + buckets) / 2 ** scale);
}

const sum = (counts: readonly number[]) => counts.reduce((total, one) => total + one, 0);

describe("an exponential histogram", () => {
  // From 1 ns to an hour, small ones as frequent as large ones.
  const time = fc
    .tuple(fc.integer({ min: 0, max: 41 }), fc.double({ min: 1, max: 2, noNaN: true }))
    .map(([power, factor]) => Math.min(3_600_000_000_000, Math.floor(2 ** power * factor)));
  const times = fc.array(fc.oneof(time, fc.constant(0)), { maxLength: 200 });

  test("has the exact counts below each of its bounds, but for what is within 0.1 % of one", () => {
    fc.assert(
      fc.property(times, times, (some, others) => {
        const all = [...some, ...others];
        const histogram = exponentialOf([counted(some), counted(others)]);
        const { zeroCount, counts, scale } = histogram;
        expect(zeroCount).toBe(all.filter((ns) => ns === 0).length);
        expect(zeroCount + sum(counts)).toBe(all.length);
        expect(counts.length).toBeLessThanOrEqual(160);
        expect(scale).toBeLessThanOrEqual(9);
        const below = (seconds: number) => all.filter((ns) => ns / 1e9 <= seconds).length;
        const wrong: unknown[] = [];
        for (let buckets = 0; buckets <= counts.length; buckets++) {
          const bound = boundAfter(histogram, buckets);
          const found = zeroCount + sum(counts.slice(0, buckets));
          const least = below(bound * (1 - 1 / 1024));
          const most = below(bound * (1 + 1 / 1024));
          if (!(found >= least && found <= most)) wrong.push({ bound, least, found, most });
        }
        expect(wrong).toEqual([]);
      }),
      { numRuns: rounds(60, 2000) },
    );
  });

  test("has no empty bucket at either end, and is as fine as 160 buckets allow", () => {
    fc.assert(
      fc.property(fc.array(time, { minLength: 1, maxLength: 50 }), (given) => {
        const { counts, scale } = exponentialOf([counted(given)]);
        expect(counts[0]).toBeGreaterThan(0);
        expect(counts.at(-1)).toBeGreaterThan(0);
        const [least, most] = [Math.min(...given), Math.max(...given)];
        // One scale finer has about twice as many buckets.
        const finer = Math.log2(most / least) * 2 ** (scale + 1) + 2;
        if (scale < 9) expect(finer).toBeGreaterThan(160);
      }),
      { numRuns: rounds(60, 2000) },
    );
  });

  test("a bound belongs to the bucket below it", () => {
    // 2^-9 s is a whole number of ns.
    for (const [ns, offset] of [
      [1_953_125, -9 * 512 - 1],
      [1_000_000_000, -1],
      [2_000_000_000, 511],
      [2_000_000_001, 512],
    ] as const) {
      const found = exponentialOf([counted([ns])]);
      expect(found).toEqual({ scale: 9, zeroCount: 0, offset, counts: [1] });
    }
  });

  test("of nothing, and of nothing but zeros, has no buckets", () => {
    expect(exponentialOf([noCounts])).toMatchObject({ zeroCount: 0, counts: [] });
    expect(exponentialOf([counted([0, 0])])).toMatchObject({ zeroCount: 2, counts: [] });
  });
});
