import type { Statistic } from "../gates/metric.ts";
import type { SparseCounts } from "../metrics/snapshot.ts";
import { meanOf, percentileOf, stdDevOf } from "../metrics/sparse-counts.ts";

/** A statistic of a histogram as gates ask for it; null without samples, but for their count. */
export function statisticOf(counts: SparseCounts, statistic: Statistic): number | null {
  if (statistic === "count") return counts.count;
  if (counts.count === 0) return null;
  if (statistic === "min" || statistic === "max") return counts[statistic];
  if (statistic === "mean") return meanOf(counts);
  if (statistic === "stdDev") return stdDevOf(counts);
  return percentileOf(counts, statistic.percentile);
}
