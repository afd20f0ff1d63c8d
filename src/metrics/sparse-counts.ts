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
 * @cost    of two, which is the usual case: some ns per non-empty bucket of each; of more: about 1 ns per non-empty bucket
 *          of a part and per bucket of the span that they cover
 */
export function mergeCounts(parts: readonly SparseCounts[]): SparseCounts {
  const filled = parts.filter((part) => part.count > 0);
  const [a, b] = filled;
  if (a === undefined) return noCounts;
  if (b === undefined) return a;
  let count = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = 0;
  let sum = 0;
  let sumOfSquares = 0;
  for (const part of filled) {
    count += part.count;
    min = Math.min(min, part.min);
    max = Math.max(max, part.max);
    sum += part.sum;
    sumOfSquares += part.sumOfSquares;
  }
  const { indexes, counts } = filled.length === 2 ? sumOfTwo(a, b) : sumOfMany(filled);
  return { indexes, counts, count, min, max, sum, sumOfSquares };
}

type Buckets = Pick<SparseCounts, "indexes" | "counts">;

/** Walks both in the order of their buckets: they may be few in a wide span. */
function sumOfTwo(a: Buckets, b: Buckets): Buckets {
  const [indexesA, countsA, lengthA] = [a.indexes, a.counts, a.indexes.length];
  const [indexesB, countsB, lengthB] = [b.indexes, b.counts, b.indexes.length];
  const length = lengthA + lengthB - common(indexesA, indexesB);
  const indexes = new Uint32Array(length);
  const counts = new Float64Array(length);
  let [atA, atB] = [0, 0];
  for (let next = 0; next < length; next++) {
    const indexA = atA < lengthA ? (indexesA[atA] as number) : bucketCount;
    const indexB = atB < lengthB ? (indexesB[atB] as number) : bucketCount;
    let sum = 0;
    if (indexA <= indexB) sum += countsA[atA++] as number;
    if (indexB <= indexA) sum += countsB[atB++] as number;
    indexes[next] = indexA < indexB ? indexA : indexB;
    counts[next] = sum;
  }
  return { indexes, counts };
}

/** Returns how many numbers two ascending arrays have in common. */
function common(a: Uint32Array, b: Uint32Array): number {
  let [atA, atB, found] = [0, 0, 0];
  while (atA < a.length && atB < b.length) {
    const difference = (a[atA] as number) - (b[atB] as number);
    if (difference === 0) found++;
    if (difference <= 0) atA++;
    if (difference >= 0) atB++;
  }
  return found;
}

function sumOfMany(parts: readonly Buckets[]): Buckets {
  let first = bucketCount;
  let last = 0;
  for (const { indexes, counts } of parts) {
    for (let i = 0; i < indexes.length; i++) {
      const index = indexes[i] as number;
      scratch[index] = (scratch[index] as number) + (counts[i] as number);
    }
    first = Math.min(first, indexes[0] as number);
    last = Math.max(last, indexes[indexes.length - 1] as number);
  }
  return sparseOf(scratch.subarray(first, last + 1), first);
}

/**
 * Extracts the non-empty buckets of a dense span and leaves zeros.
 *
 * @param span  counts of the buckets from `first` on; cleared
 * @returns     arrays of exact length, owned by the caller
 */
export function sparseOf(span: Float64Array | Uint32Array, first: number): Buckets {
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
  histogram: Buckets & Pick<SparseCounts, "count" | "max">,
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
