import { type Metric, Registry } from "prom-client";
import { boundsNs } from "./buckets.ts";
import type { Family, HistogramSample, Unit } from "./family.ts";

/** One line of the text format, as prom-client expects it from a collector. */
interface Value {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** What a scraper may ask for: Prometheus' text format, and its successor. */
export type TextFormat = "prometheus" | "openMetrics";

export const contentTypes: Readonly<Record<TextFormat, string>> = {
  prometheus: Registry.PROMETHEUS_CONTENT_TYPE,
  openMetrics: Registry.OPENMETRICS_CONTENT_TYPE,
};

/**
 * Returns metrics as text. prom-client writes the formats; the values come from the run instead of its own
 * counters. Families without a value are left out.
 *
 * @see "Exposition formats" in Prometheus' documentation; OpenMetrics 1.0, "Text format"
 */
export async function prometheusText(
  families: readonly Family[],
  format: TextFormat = "prometheus",
): Promise<string> {
  const registry = new Registry();
  if (format === "openMetrics") registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
  const units = new Map<string, string>();
  for (const family of families) {
    // In OpenMetrics a counter's family is named without "_total", which prom-client adds to its values.
    const name = format === "prometheus" ? prometheusName(family) : familyName(family);
    const values = valuesOf(family, name);
    if (values.length === 0) continue;
    const unit = unitWords[family.unit];
    if (unit !== undefined) units.set(name, unit);
    const collector = {
      name,
      get: async () => ({ name, help: family.help, type: family.kind, aggregator: "sum", values }),
    };
    // The registry only needs a name and `get`; its type lists the classes of prom-client.
    registry.registerMetric(collector as unknown as Metric<string>);
  }
  const text = await registry.metrics();
  if (format === "prometheus") return text;
  // prom-client has no units, and starts with an empty line where there is nothing.
  return text.trimStart().replaceAll(/^# TYPE (\S+) .*$/gm, (line, name: string) => {
    const unit = units.get(name);
    return unit === undefined ? line : `${line}\n# UNIT ${name} ${unit}`;
  });
}

/**
 * Returns the format that a scraper prefers by its Accept header; Prometheus' own where it has no preference.
 *
 * @see RFC 9110, 12.5.1; Prometheus names OpenMetrics first where it reads it
 */
export function formatFor(accept: string | undefined): TextFormat {
  const quality = (type: string) => {
    const qualities = (accept ?? "").split(",").flatMap((range) => {
      const [name = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
      if (name !== type) return [];
      const q = parameters.find((parameter) => parameter.startsWith("q="));
      const value = q === undefined ? 1 : Number(q.slice(2));
      return [value >= 0 && value <= 1 ? value : 0];
    });
    return Math.max(0, ...qualities);
  };
  const openMetrics = quality("application/openmetrics-text");
  return openMetrics > 0 && openMetrics >= quality("text/plain") ? "openMetrics" : "prometheus";
}

/**
 * Returns a metric's name in Prometheus: words separated by "_", then the unit, then "_total" for counters.
 * Prometheus derives the same name from metrics received by OTLP, so one dashboard works for both.
 *
 * @see "Metric and label naming" in Prometheus' documentation
 */
export function prometheusName(family: Named): string {
  return family.kind === "counter" ? `${familyName(family)}_total` : familyName(family);
}

type Named = Pick<Family, "name" | "unit" | "kind">;

/** Units that Prometheus knows, as words of a name. */
const unitWords: Readonly<Partial<Record<Unit, string>>> = { s: "seconds", By: "bytes" };

function familyName({ name, unit }: Named): string {
  const word = unitWords[unit] ?? (unit.endsWith("/s") ? "per_second" : null);
  const stem = name.replaceAll(".", "_");
  return word === null ? stem : `${stem}_${word}`;
}

function valuesOf(family: Family, metricName: string): Value[] {
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
