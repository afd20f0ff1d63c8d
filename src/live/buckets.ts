import { bucketOf } from "../metrics/buckets.ts";
import type { SparseCounts } from "../metrics/snapshot.ts";

/**
 * Bounds of the exported buckets, ns, ascending: 4 us to 33.6 s, two per power of two.
 *
 * Each is the lower end of a bucket of slash8's histograms. None of those has to be split, so the count below
 * a bound is exact. 2^k us and 1.5 * 2^k us are such ends for every k from 2 on.
 */
export const boundsNs: readonly number[] = Array.from({ length: 24 }, (_, k) => [
  4_000 * 2 ** k,
  6_000 * 2 ** k,
])
  .flat()
  .slice(0, -1);

/** A histogram in the exported buckets. */
export interface Buckets {
  /** Samples in each bucket: below the first bound, between two bounds, ..., from the last one on. */
  readonly counts: readonly number[];
  readonly count: number;
  /** ns; exact. min and max are null without samples. */
  readonly sum: number;
  readonly min: number | null;
  readonly max: number | null;
}

/**
 * Counts the samples of one or more histograms between the bounds.
 *
 * A sample equal to a bound counts above it.
 *
 * @cost some 5 ns per non-empty bucket
 */
export function bucketsOf(parts: readonly SparseCounts[]): Buckets {
  const counts = new Array<number>(boundsNs.length + 1).fill(0);
  for (const { indexes, counts: given } of parts) {
    let bucket = 0;
    for (let i = 0; i < indexes.length; i++) {
      while (bucket < ends.length && (indexes[i] as number) >= (ends[bucket] as number)) bucket++;
      counts[bucket] = (counts[bucket] as number) + (given[i] as number);
    }
  }
  const filled = parts.filter(({ count }) => count > 0);
  const empty = filled.length === 0;
  return {
    counts,
    count: filled.reduce((sum, part) => sum + part.count, 0),
    sum: filled.reduce((sum, part) => sum + part.sum, 0),
    min: empty ? null : Math.min(...filled.map(({ min }) => min)),
    max: empty ? null : Math.max(...filled.map(({ max }) => max)),
  };
}

/** For each bound, the first bucket of slash8's histograms that is not below it. */
const ends = boundsNs.map(bucketOf);
