import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { highestTrackableNs } from "../../../src/metrics/buckets.ts";
import type { SparseCounts } from "../../../src/metrics/snapshot.ts";
import { mergeCounts, noCounts, percentileOf } from "../../../src/metrics/sparse-counts.ts";
import {
  addPackedRows,
  packCounts,
  packRows,
} from "../../../src/metrics/timeline/packed-counts.ts";
import { rounds } from "../../support/fuzz.ts";
import { countsOf } from "../samples.ts";

/** All that can be read of a histogram. */
function read({ indexes, counts, count, min, max, sum, sumOfSquares }: SparseCounts) {
  return { indexes, counts, count, min, max, sum, sumOfSquares };
}

describe("a packed histogram", () => {
  it("reads as it was, whatever its samples are", () => {
    const sample = fc.oneof(
      fc.integer({ min: 0, max: 5000 }),
      fc.integer({ min: 0, max: highestTrackableNs }),
      fc.constantFrom(0, 2047, 2048, 0x8000_0000, highestTrackableNs),
    );
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 300 }), (samples) => {
        const counts = countsOf(samples);
        const packed = packCounts(counts);
        expect(packed).not.toBe(counts);
        expect(read(packed)).toEqual(read(counts));
        expect(packCounts(packed)).toBe(packed);
      }),
      { numRuns: rounds(50, 5000) },
    );
  });

  it("merges with others, packed or not", () => {
    const [a, b] = [countsOf([1e6, 2e6, 2e6]), countsOf([5e3, 2e6])];
    const merged = mergeCounts([a, b]);
    expect(mergeCounts([packCounts(a), packCounts(b)])).toEqual(merged);
    expect(mergeCounts([a, packCounts(b)])).toEqual(merged);
    expect(percentileOf(packCounts(merged), 50)).toBe(percentileOf(merged, 50));
  });

  it("has counts of up to 2^53 - 1", () => {
    const counts = { ...countsOf([7]), count: 2 ** 53 - 1, sum: 2 ** 53 - 1 };
    counts.counts[0] = 2 ** 53 - 1;
    expect(read(packCounts(counts))).toEqual(read(counts));
  });

  it("stays what it was where it has no samples, or numbers that are not integers", () => {
    expect(packCounts(noCounts)).toBe(noCounts);
    const mean = { ...countsOf([7]), sum: 6.5 };
    expect(packCounts(mean)).toBe(mean);
  });
});

describe("packed counters", () => {
  it("are what they were", () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeNat(), { maxLength: 200 }), (values) => {
        const rows = Float64Array.from(values, (value, at) => (at % 3 === 0 ? value : 0));
        const read = new Float64Array(rows.length);
        addPackedRows(read, packRows(rows) as string);
        expect(read).toEqual(rows);
      }),
      { numRuns: rounds(50, 5000) },
    );
  });

  it("are refused where one is below 0 or not an integer", () => {
    expect(packRows(Float64Array.of(1, -1))).toBeNull();
    expect(packRows(Float64Array.of(0.5))).toBeNull();
  });
});
