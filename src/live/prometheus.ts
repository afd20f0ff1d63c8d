import { type Metric, Registry } from "prom-client";
import { boundsNs } from "./buckets.ts";
import type { Family, HistogramSample } from "./family.ts";

/** One line of the text format, as prom-client expects it from a collector. */
interface Value {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/**
 * Returns metrics in Prometheus' text format. prom-client writes the format; the values come from the run
 * instead of its own counters. Families without a value are left out.
 *
 * @see "Exposition formats" in Prometheus' documentation
 */
export async function prometheusText(families: readonly Family[]): Promise<string> {
  const registry = new Registry();
  for (const family of families) {
    const values = valuesOf(family);
    if (values.length === 0) continue;
    const name = prometheusName(family);
    const collector = {
      name,
      get: async () => ({ name, help: family.help, type: family.kind, aggregator: "sum", values }),
    };
    // The registry only needs a name and `get`; its type lists the classes of prom-client.
    registry.registerMetric(collector as unknown as Metric<string>);
  }
  return registry.metrics();
}

export const prometheusContentType: string = Registry.PROMETHEUS_CONTENT_TYPE;

/**
 * Returns a metric's name in Prometheus: words separated by "_", then the unit, then "_total" for counters.
 * Prometheus derives the same name from metrics received by OTLP, so one dashboard works for both.
 *
 * @see "Metric and label naming" in Prometheus' documentation
 */
export function prometheusName({ name, unit, kind }: Family): string {
  const words = [name.replaceAll(".", "_")];
  if (unit === "s") words.push("seconds");
  else if (unit === "By") words.push("bytes");
  else if (unit.endsWith("/s")) words.push("per_second");
  if (kind === "counter") words.push("total");
  return words.join("_");
}

function valuesOf(family: Family): Value[] {
  const metricName = prometheusName(family);
  if (family.kind !== "histogram") {
    return family.samples.map(({ labels, value }) => ({ metricName, labels, value }));
  }
  return family.samples.flatMap((sample) => histogramValues(metricName, sample));
}

/** Returns the lines of a histogram; each bucket counts all samples up to its bound. */
function histogramValues(name: string, { labels, buckets }: HistogramSample): Value[] {
  let below = 0;
  const counted = boundsNs.map((ns, i): Value => {
    below += buckets.counts[i] as number;
    return { metricName: `${name}_bucket`, labels: { le: ns / 1e9, ...labels }, value: below };
  });
  return [
    ...counted,
    { metricName: `${name}_bucket`, labels: { le: "+Inf", ...labels }, value: buckets.count },
    { metricName: `${name}_sum`, labels, value: buckets.sum / 1e9 },
    { metricName: `${name}_count`, labels, value: buckets.count },
  ];
}
