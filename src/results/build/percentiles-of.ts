import type { MetricValues, MetricView } from "../../gates/evaluate.ts";
import { type Gate, metricsOf } from "../../gates/gate.ts";
import type { MetricRef } from "../../gates/metric.ts";
import type { GateMeasures } from "../findings/measures.ts";

type TimingRef = MetricRef & { readonly of: "timing" };

/** The percentiles that a gate asks for, and how many samples each is taken from. */
export function percentilesOf(gate: Gate, view: MetricView): GateMeasures[] {
  const { expression, windowNs } = gate;
  return metricsOf(gate).flatMap((metric): GateMeasures[] => {
    if (metric.of !== "timing" || typeof metric.statistic !== "object") return [];
    const { percentile } = metric.statistic;
    const count: TimingRef = { ...metric, statistic: "count" };
    const samplesIn = (values: MetricValues) => values.value(count) ?? 0;
    if (windowNs === null) {
      return [{ expression, percentile, samples: samplesIn(view), isWindow: false }];
    }
    const some = view
      .windows(windowNs, [metric])
      .map(samplesIn)
      .filter((samples) => samples > 0);
    if (some.length === 0) return [];
    return [{ expression, percentile, samples: Math.min(...some), isWindow: true }];
  });
}
