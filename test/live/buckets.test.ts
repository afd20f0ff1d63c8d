import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { boundsNs, bucketsOf } from "../../src/live/buckets.ts";
import { bucketOf, lowestOf } from "../../src/metrics/buckets.ts";
import { noCounts } from "../../src/metrics/sparse-counts.ts";
import { countsOf, durations } from "../metrics/samples.ts";

describe("the bounds", () => {
  test("range from 4 us to 33.6 s, each less than twice the one before", () => {
    expect(boundsNs[0]).toBe(4_000);
    expect(boundsNs.at(-1)).toBe(33_554_432_000);
    boundsNs.slice(1).forEach((bound, i) => {
      const before = boundsNs[i] as number;
      expect(bound / before).toBeGreaterThan(1);
      expect(bound / before).toBeLessThan(2);
    });
  });

  test("are lower ends of the histogram's own buckets: none is split", () => {
    for (const bound of boundsNs) expect(lowestOf(bucketOf(bound))).toBe(bound);
  });

  test("read well in seconds", () => {
    for (const bound of boundsNs) expect(String(bound / 1e9)).toMatch(/^\d{1,2}(\.\d{1,6})?$/);
  });
});

describe("bucketsOf", () => {
  test("counts every sample in its bucket, over all parts", () => {
    const values = fc.array(durations, { maxLength: 40 });
    fc.assert(
      fc.property(values, values, (a, b) => {
        const all = [...a, ...b];
        const { counts, ...whole } = bucketsOf([countsOf(a), countsOf(b)]);
        boundsNs.forEach((bound, i) => {
          const below = counts.slice(0, i + 1).reduce((sum, count) => sum + count, 0);
          expect(below).toBe(all.filter((ns) => ns < bound).length);
        });
        expect(counts).toHaveLength(boundsNs.length + 1);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(all.length);
        expect(whole).toEqual({
          count: all.length,
          sum: all.reduce((sum, ns) => sum + ns, 0),
          min: all.length === 0 ? null : Math.min(...all),
          max: all.length === 0 ? null : Math.max(...all),
        });
      }),
    );
  });

  test("is empty without samples", () => {
    const { counts, ...whole } = bucketsOf([noCounts]);
    expect(whole).toEqual({ count: 0, sum: 0, min: null, max: null });
    expect(new Set(counts)).toEqual(new Set([0]));
  });
});
