import type { Statistic, WorkloadMetric } from "../../gates/metric.ts";
import type { SparseCounts } from "../../metrics/snapshot.ts";
import { meanOf, percentileOf, stdDevOf } from "../../metrics/sparse-counts.ts";

/**
 * A metric over several workloads: the sum, or the longest of the gaps.
 *
 * @returns null when none has data: a `hold` without rate does not take the rate from the others
 */
export function sumOfFigures(
  values: readonly (number | null)[],
  metric: WorkloadMetric,
): number | null {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return null;
  if (metric === "restarts.longestGapMs") return Math.max(...known);
  return known.reduce((sum, value) => sum + value, 0);
}

/** A statistic of a histogram for gates; null without samples, except for their count. */
export function statisticOf(counts: SparseCounts, statistic: Statistic): number | null {
  if (statistic === "count") return counts.count;
  if (counts.count === 0) return null;
  if (statistic === "min" || statistic === "max") return counts[statistic];
  if (statistic === "mean") return meanOf(counts);
  if (statistic === "stdDev") return stdDevOf(counts);
  return percentileOf(counts, statistic.percentile);
}
