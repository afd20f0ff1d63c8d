import { mergeCounts, percentileOf } from "../metrics/sparse-counts.ts";
import type { TimelineEntry } from "../results/result.ts";
import { decoded } from "./decode.ts";

export interface Percentiles {
  readonly p50: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

/**
 * Response times of some seconds together: of their merged histograms, where all of them have one; else
 * the worst second's. One second stands for itself.
 */
export function percentilesOver(entries: readonly TimelineEntry[]): Percentiles {
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
