import { bucketCount, highestOf } from "./buckets.ts";
import type { SparseCounts } from "./snapshot.ts";

/** A histogram without samples. */
export const noCounts: SparseCounts = {
  indexes: new Uint32Array(0),
  counts: new Float64Array(0),
  count: 0,
  min: Number.POSITIVE_INFINITY,
  max: 0,
  sum: 0,
  sumOfSquares: 0,
};

/** Scratch space for summing parts; all zero between two calls. */
const scratch = new Float64Array(bucketCount);

/**
 * Returns the sum of histograms, as if all their samples had been recorded in one.
 *
 * Exact, and so independent of order and grouping, while counts and sums stay below 2^53;
 * `sumOfSquares` alone is rounded.
 *
 * @returns a new histogram; the part itself where only one has samples
 * @cost    about 1 ns per non-empty bucket of a part and per bucket of the span they cover
 */
export function mergeCounts(parts: readonly SparseCounts[]): SparseCounts {
  const filled = parts.filter((part) => part.count > 0);
  if (filled.length < 2) return filled[0] ?? noCounts;
  let first = bucketCount;
  let last = 0;
  let count = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = 0;
  let sum = 0;
  let sumOfSquares = 0;
  for (const part of filled) {
    const { indexes, counts } = part;
    for (let i = 0; i < indexes.length; i++) {
      const index = indexes[i] as number;
      scratch[index] = (scratch[index] as number) + (counts[i] as number);
    }
    first = Math.min(first, indexes[0] as number);
    last = Math.max(last, indexes[indexes.length - 1] as number);
    count += part.count;
    min = Math.min(min, part.min);
    max = Math.max(max, part.max);
    sum += part.sum;
    sumOfSquares += part.sumOfSquares;
  }
  const span = scratch.subarray(first, last + 1);
  return { ...sparseOf(span, first), count, min, max, sum, sumOfSquares };
}

/**
 * Extracts the non-empty buckets of a dense span and leaves zeros.
 *
 * @param span  counts of the buckets from `first` on; cleared
 * @returns     arrays of exact length, owned by the caller
 */
export function sparseOf(
  span: Float64Array | Uint32Array,
  first: number,
): Pick<SparseCounts, "indexes" | "counts"> {
  let used = 0;
  for (let i = 0; i < span.length; i++) if (span[i] !== 0) used++;
  const indexes = new Uint32Array(used);
  const counts = new Float64Array(used);
  let next = 0;
  for (let i = 0; i < span.length; i++) {
    if (span[i] === 0) continue;
    indexes[next] = first + i;
    counts[next] = span[i] as number;
    next++;
  }
  span.fill(0);
  return { indexes, counts };
}

/**
 * Returns the value that `percentile` percent of the samples do not exceed, as HdrHistogram defines it:
 * the highest value of the bucket where the count is reached, but never more than the exact maximum.
 *
 * @param percentile 0 < percentile <= 100
 * @returns          ns; null without samples
 */
export function percentileOf(
  histogram: Pick<SparseCounts, "indexes" | "counts" | "count" | "max">,
  percentile: number,
): number | null {
  const { indexes, counts, count, max } = histogram;
  if (count === 0) return null;
  const rank = (percentile / 100) * count;
  // 99.9 / 100 * 1000 may exceed 999 by a rounding error, which must not require one more sample.
  const reached = Math.max(1, Math.ceil(rank - rank * Number.EPSILON));
  let seen = 0;
  for (let i = 0; i < indexes.length; i++) {
    seen += counts[i] as number;
    if (seen >= reached) return Math.min(highestOf(indexes[i] as number), max);
  }
  return max;
}

/** Returns the exact mean, ns; null without samples. */
export function meanOf({ count, sum }: SparseCounts): number | null {
  return count === 0 ? null : sum / count;
}

/** Returns the standard deviation of all samples (not an estimate from them), ns; null without samples. */
export function stdDevOf({ count, sum, sumOfSquares }: SparseCounts): number | null {
  if (count === 0) return null;
  const mean = sum / count;
  return Math.sqrt(Math.max(0, sumOfSquares / count - mean * mean));
}
