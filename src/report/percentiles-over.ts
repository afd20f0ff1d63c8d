import { highestOf } from "../metrics/buckets.ts";
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
  if (first === undefined) return { p50: null, p99: null, max: null };
  if (times.length === 1) return first;
  const worst = (of: keyof Percentiles) => Math.max(...times.map((time) => time[of] ?? 0));
  const histograms = times.map(({ hdr }) => decoded(hdr));
  const max = worst("max");
  if (histograms.includes(null)) return { p50: worst("p50"), p99: worst("p99"), max };
  const counts = new Map<number, number>();
  for (const histogram of histograms) {
    histogram?.indexes.forEach((index, i) => {
      counts.set(index, (counts.get(index) ?? 0) + (histogram.counts[i] as number));
    });
  }
  const buckets = [...counts].sort(([a], [b]) => a - b);
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  const at = (share: number) => {
    let below = 0;
    for (const [index, count] of buckets) {
      below += count;
      if (below >= Math.ceil(share * total)) return Math.min(max, highestOf(index));
    }
    return max;
  };
  return { p50: at(0.5), p99: at(0.99), max };
}
