import type { WorkloadMetric } from "../gates/metric.ts";

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
