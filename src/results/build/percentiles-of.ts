import type { JudgedWindows, MetricValues, MetricView } from "../../gates/evaluate.ts";
import { noWindows } from "../../gates/evaluate.ts";
import { type Gate, metricsOf } from "../../gates/gate.ts";
import type { MetricRef } from "../../gates/metric.ts";
import type { GateMeasures } from "../findings/measures.ts";

/** How many samples the histogram of a percentile has; null: the metric is not one. */
function samplesIn(metric: MetricRef, values: MetricValues): number | null {
  if (metric.of !== "timing" || typeof metric.statistic !== "object") return null;
  return values.value({ ...metric, statistic: "count" }) ?? 0;
}

/**
 * Returns the fewest samples that windows of a gate have, by its metrics: of those that have any; Infinity where none has.
 *
 * @param before the same of the windows before
 */
export function fewestSamples(
  gate: Gate,
  windows: readonly MetricValues[],
  before: readonly number[],
): number[] {
  return metricsOf(gate).map((metric, index) =>
    windows
      .map((window) => samplesIn(metric, window) ?? 0)
      .filter((samples) => samples > 0)
      .reduce((fewest, one) => Math.min(fewest, one), before[index] ?? Number.POSITIVE_INFINITY),
  );
}

/** The percentiles that a gate asks for, and how many samples each is taken from. */
export function percentilesOf(
  gate: Gate,
  view: MetricView,
  judged: JudgedWindows = noWindows,
): GateMeasures[] {
  const { expression, windowNs } = gate;
  const metrics = metricsOf(gate);
  const isAsked = metrics.some((metric) => samplesIn(metric, view) !== null);
  const fewest =
    windowNs === null || !isAsked
      ? []
      : fewestSamples(gate, view.windows(windowNs, metrics, judged.next), judged.fewest);
  return metrics.flatMap((metric, index): GateMeasures[] => {
    if (metric.of !== "timing" || typeof metric.statistic !== "object") return [];
    const { percentile } = metric.statistic;
    const whole = samplesIn(metric, view) ?? 0;
    if (windowNs === null) return [{ expression, percentile, samples: whole, isWindow: false }];
    const samples = fewest[index] ?? Number.POSITIVE_INFINITY;
    if (samples === Number.POSITIVE_INFINITY) return [];
    return [{ expression, percentile, samples, isWindow: true }];
  });
}
