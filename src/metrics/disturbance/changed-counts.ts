import { bucketOf, highestOf, lowestOf } from "../buckets.ts";
import type { SparseCounts } from "../snapshot.ts";
import { noCounts } from "../sparse-counts.ts";

/**
 * Returns a histogram without a part of it. Minimum and maximum are exact, or those of its outermost buckets where
 * they belonged to the part.
 */
export function without(all: SparseCounts, part: SparseCounts): SparseCounts {
  if (part.count === 0) return all;
  const left = new Map<number, number>();
  for (let i = 0; i < all.indexes.length; i++) {
    left.set(all.indexes[i] as number, all.counts[i] as number);
  }
  for (let i = 0; i < part.indexes.length; i++) {
    const index = part.indexes[i] as number;
    const count = (left.get(index) ?? 0) - (part.counts[i] as number);
    if (count > 0) left.set(index, count);
    else left.delete(index);
  }
  if (left.size === 0) return noCounts;
  const indexes = Uint32Array.from(left.keys());
  const counts = Float64Array.from(left.values());
  const [first, last] = [indexes[0] as number, indexes.at(-1) as number];
  return {
    indexes,
    counts,
    count: counts.reduce((sum, count) => sum + count, 0),
    min: first === bucketOf(all.min) ? all.min : lowestOf(first),
    max: last === bucketOf(all.max) ? all.max : highestOf(last),
    sum: Math.max(0, all.sum - part.sum),
    sumOfSquares: Math.max(0, all.sumOfSquares - part.sumOfSquares),
  };
}

/** Returns the samples whose bucket lies above a value. */
export function above(all: SparseCounts, ns: number): SparseCounts {
  return rebuilt(all, (index, count) => (lowestOf(index) > ns ? [lowestOf(index), count] : null));
}

/** Returns every sample with another value, computed from the highest of its bucket. */
export function shifted(all: SparseCounts, to: (valueNs: number) => number): SparseCounts {
  return rebuilt(all, (index, count) => [
    Math.max(0, Math.floor(to(Math.min(highestOf(index), all.max)))),
    count,
  ]);
}

/** Returns a histogram of what each bucket becomes; null: nothing. */
function rebuilt(
  { indexes, counts }: SparseCounts,
  become: (index: number, count: number) => readonly [valueNs: number, count: number] | null,
): SparseCounts {
  const found = new Map<number, number>();
  let [count, min, max, sum, sumOfSquares] = [0, Number.POSITIVE_INFINITY, 0, 0, 0];
  for (let i = 0; i < indexes.length; i++) {
    const became = become(indexes[i] as number, counts[i] as number);
    if (became === null) continue;
    const [value, samples] = became;
    const bucket = bucketOf(value);
    found.set(bucket, (found.get(bucket) ?? 0) + samples);
    count += samples;
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += samples * value;
    sumOfSquares += samples * value * value;
  }
  if (count === 0) return noCounts;
  const sorted = [...found].sort(([a], [b]) => a - b);
  return {
    indexes: Uint32Array.from(sorted, ([bucket]) => bucket),
    counts: Float64Array.from(sorted, ([, samples]) => samples),
    ...{ count, min, max, sum, sumOfSquares },
  };
}
