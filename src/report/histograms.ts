/** Reads histograms for the page; no other file of it does. */
import { medianOf } from "../metrics/buckets.ts";
import { decodeHistogram } from "../metrics/hdr-encoding.ts";
import { mergeCounts, percentileOf } from "../metrics/sparse-counts.ts";
import type { Second } from "./report-run.ts";

/** Buckets of a histogram, and how many samples are in them. */
export type Decoded = ReturnType<typeof decodeHistogram>;

/** Number of histograms kept, in addition to as many older ones; about 20 KB each. */
const mostKept = 700;

/** A page needs a second's histogram more than once, and a live page again at each update. */
let kept = new Map<string, Decoded | null>();
let keptBefore: ReadonlyMap<string, Decoded | null> = new Map();

/** A histogram's buckets; null where it has no samples, or is not one that this version can read. */
export function decoded(hdr: string | null | undefined): Decoded | null {
  if (hdr === null || hdr === undefined || hdr === "") return null;
  const known = kept.get(hdr);
  if (known !== undefined) return known;
  if (kept.size >= mostKept) {
    keptBefore = kept;
    kept = new Map();
  }
  const histogram = keptBefore.get(hdr) ?? decode(hdr);
  kept.set(hdr, histogram);
  return histogram;
}

function decode(hdr: string): Decoded | null {
  try {
    const histogram = decodeHistogram(hdr);
    return histogram.count > 0 ? histogram : null;
  } catch {
    // The rest of a damaged file is still worth showing.
    return null;
  }
}

/** The value of a percentile, ns; never above the exact maximum, which a decoded histogram no longer has. */
export function valueAt(histogram: Decoded, max: number, percentile: number): number | null {
  return percentileOf({ ...histogram, max }, percentile);
}

/** The values that represent its lowest and its highest bucket with samples, ns. */
export function boundsOf({ indexes }: Decoded): readonly [low: number, high: number] {
  return [medianOf(indexes[0] as number), medianOf(indexes.at(-1) as number)];
}

/** Visits the buckets that have samples, ascending: the value that represents one, ns, and its samples. */
export function eachBucket(
  { indexes, counts }: Decoded,
  visit: (value: number, samples: number) => void,
): void {
  for (const [i, index] of indexes.entries()) visit(medianOf(index), counts[i] as number);
}

export interface Percentiles {
  readonly p50: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

/**
 * Response times of several seconds together: of their merged histograms, where all have one; else those
 * of the worst second.
 */
export function percentilesOver(entries: readonly Second[]): Percentiles {
  const times = entries.map(({ responseTime }) => responseTime).filter(({ p50 }) => p50 !== null);
  const [first] = times;
  if (first === undefined || times.length === 1)
    return first ?? { p50: null, p99: null, max: null };
  const worst = (of: keyof Percentiles) => Math.max(...times.map((time) => time[of] ?? 0));
  const max = worst("max");
  const histograms = times.map(({ hdr }) => decoded(hdr)).filter((found) => found !== null);
  if (histograms.length < times.length) return { p50: worst("p50"), p99: worst("p99"), max };
  const sums = { min: 0, max, sum: 0, sumOfSquares: 0 };
  const merged = mergeCounts(histograms.map((histogram) => ({ ...histogram, ...sums })));
  return { p50: percentileOf(merged, 50), p99: percentileOf(merged, 99), max };
}
