/**
 * Values of metrics for gates and comparisons, read from a written result: the same values as
 * metric-view.ts returns while the run is judged, except for windows.
 */
import type { MetricValues } from "../../gates/evaluate.ts";
import type {
  HistogramName,
  MetricRef,
  WorkloadMetric,
  WorkloadScope,
} from "../../gates/metric.ts";
import { decodeHistogram } from "../../metrics/hdr-encoding.ts";
import type { Histogram } from "../../metrics/histogram.ts";
import type { SparseCounts } from "../../metrics/snapshot.ts";
import { mergeCounts, noCounts } from "../../metrics/sparse-counts.ts";
import { countErrors } from "../build/error-counts.ts";
import type { Figures } from "../build/figures.ts";
import { combined } from "../build/restarts/flows.ts";
import { serverFigures } from "../build/server-figures.ts";
import { repliesWith } from "../build/statuses.ts";
import { statisticOf, sumOfFigures } from "../build/sum-of-figures.ts";
import type { PartResult, RunResult, WorkloadResult } from "../result.ts";

/** Values of a result; null for a workload, server or metric that it does not have. */
export function resultValues(result: RunResult): MetricValues {
  return { value: (metric) => valueIn(result, metric) };
}

function valueIn(result: RunResult, metric: MetricRef): number | null {
  if (metric.of === "server") {
    const server = own(result.servers, metric.server);
    return server === undefined ? null : (serverFigures(server)[metric.metric] ?? null);
  }
  const chosen = chosenIn(result, metric);
  if (metric.of === "workload") {
    return sumOfFigures(
      chosen.map((workload) => figuresOf(workload)[metric.metric] ?? null),
      metric.metric,
    );
  }
  if (metric.of === "status") {
    return repliesWith(
      metric.range,
      chosen.map(({ exchanges }) => exchanges.status),
    );
  }
  if (metric.of === "error") {
    if (chosen.length === 0) return null;
    return countErrors(
      chosen.flatMap(({ errors }) => errors),
      ({ code }) => code === metric.code,
    );
  }
  const counts = chosen.map((workload) => countsOf(histogramIn(workload, metric.metric)));
  return chosen.length === 0 ? null : statisticOf(mergeCounts(counts), metric.statistic);
}

/** A workload, or a part of one. */
type Measured = WorkloadResult | PartResult;

function chosenIn(result: RunResult, { workload, part }: WorkloadScope): readonly Measured[] {
  if (workload === null) return Object.values(result.workloads);
  const whole = own(result.workloads, workload);
  const named = part === undefined ? whole : own(whole?.parts ?? {}, part);
  return named === undefined ? [] : [named];
}

function histogramIn(workload: Measured, name: HistogramName): Histogram | null {
  return (workload as Partial<Record<HistogramName, Histogram | null>>)[name] ?? null;
}

/** Ignores inherited properties: a workload may be named "constructor". */
function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** A histogram's samples as they were counted, with its exact values. */
function countsOf(histogram: Histogram | null): SparseCounts {
  if (histogram === null || histogram.count === 0) return noCounts;
  const { count, min, max, mean, stdDev, hdr } = histogram;
  const [average, deviation] = [mean ?? 0, stdDev ?? 0];
  return {
    ...decodeHistogram(hdr),
    min: min ?? 0,
    max: max ?? 0,
    sum: average * count,
    sumOfSquares: (average * average + deviation * deviation) * count,
  };
}

/** As figures.ts has them. */
function figuresOf(workload: Measured): Figures {
  const { exchanges, rate, bytes, errors } = workload;
  // A part of a workload has none of its own, nor have results of version 1 all of these.
  const { connections, asides, restarts } = workload as Partial<WorkloadResult>;
  const reopened: Readonly<Record<string, number>> = connections?.reopened ?? {};
  return {
    ...prefixed("connections", connections ?? {}),
    ...prefixed("connections.reopened", reopened),
    "connections.reopened": Object.values(reopened).reduce((sum, count) => sum + count, 0),
    ...prefixed("exchanges", exchanges),
    ...prefixed("asides", asides ?? {}),
    ...prefixed("rate", rate),
    ...prefixed("bytes", bytes),
    errors: countErrors(errors),
    "errors.target": countErrors(errors, ({ side }) => side === "target"),
    "errors.generator": countErrors(errors, ({ side }) => side === "generator"),
    ...combined(restarts ?? []),
  } as Record<WorkloadMetric, number | null>;
}

function prefixed(prefix: string, values: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, value]),
  );
}
