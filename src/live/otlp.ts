import type { RunView } from "../run/run-view.ts";
import { boundsNs } from "./buckets.ts";
import { exponentialOf } from "./exponential.ts";
import type { Family, HistogramSample, Labels, Sample } from "./family.ts";
import type { OtlpSettings } from "./otlp-settings.ts";

/** AGGREGATION_TEMPORALITY_CUMULATIVE in OTLP's enum: every value counts from the start. */
const cumulative = 2;

const boundsSeconds = boundsNs.map((ns) => ns / 1e9);

/** The interval that values cover. OTLP's 64-bit integers are decimal texts in JSON. */
interface Times {
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
}

/**
 * Returns metrics as OTLP's ExportMetricsServiceRequest, in its JSON encoding. Families without a value are
 * left out.
 *
 * @param now  wall clock
 * @param how  attributes of the resource go before slash8's own
 * @returns    a value for JSON.stringify
 * @see        opentelemetry/proto/metrics/v1/metrics.proto, and "JSON Protobuf Encoding" of OTLP
 */
export function otlpRequest(
  families: readonly Family[],
  view: RunView,
  now: Date,
  { histograms, resource: own }: Pick<OtlpSettings, "histograms" | "resource">,
): unknown {
  const { tool, id, scenario, startedAt } = view;
  const times = { startTimeUnixNano: unixNano(startedAt), timeUnixNano: unixNano(now) };
  const resource = {
    "service.name": tool.name,
    "service.version": tool.version,
    "service.instance.id": id,
    "slash8.scenario": scenario,
    ...own,
  };
  const metrics = families
    .filter(({ samples }) => samples.length > 0)
    .map((family) => ({
      name: family.name,
      description: family.help,
      unit: family.unit,
      ...dataOf(family, times, histograms),
    }));
  return {
    resourceMetrics: [
      {
        resource: { attributes: attributes(resource) },
        scopeMetrics: [{ scope: { name: tool.name, version: tool.version }, metrics }],
      },
    ],
  };
}

function dataOf(family: Family, times: Times, histograms: OtlpSettings["histograms"]): object {
  switch (family.kind) {
    case "counter":
      return {
        sum: {
          aggregationTemporality: cumulative,
          isMonotonic: true,
          dataPoints: family.samples.map((sample) => numberPoint(sample, times)),
        },
      };
    case "gauge":
      return { gauge: { dataPoints: family.samples.map((sample) => numberPoint(sample, times)) } };
    case "histogram":
      if (histograms === "exponential") {
        return {
          exponentialHistogram: {
            aggregationTemporality: cumulative,
            dataPoints: family.samples.map((sample) => exponentialPoint(sample, times)),
          },
        };
      }
      return {
        histogram: {
          aggregationTemporality: cumulative,
          dataPoints: family.samples.map((sample) => histogramPoint(sample, times)),
        },
      };
  }
}

function numberPoint({ labels, value }: Sample, times: Times) {
  return { attributes: attributes(labels), ...times, asDouble: value };
}

function histogramPoint(sample: HistogramSample, times: Times) {
  return {
    ...anyHistogramPoint(sample, times),
    bucketCounts: sample.buckets.counts.map(String),
    explicitBounds: boundsSeconds,
  };
}

function exponentialPoint(sample: HistogramSample, times: Times) {
  const { scale, zeroCount, offset, counts } = exponentialOf(sample.parts);
  return {
    ...anyHistogramPoint(sample, times),
    scale,
    zeroCount: String(zeroCount),
    positive: { offset, bucketCounts: counts.map(String) },
  };
}

function anyHistogramPoint({ labels, buckets }: HistogramSample, times: Times) {
  const { count, sum, min, max } = buckets;
  return {
    attributes: attributes(labels),
    ...times,
    count: String(count),
    sum: sum / 1e9,
    ...(min === null || max === null ? {} : { min: min / 1e9, max: max / 1e9 }),
  };
}

function attributes(labels: Labels) {
  return Object.entries(labels).map(([key, stringValue]) => ({ key, value: { stringValue } }));
}

function unixNano(date: Date): string {
  return `${date.getTime()}000000`;
}
