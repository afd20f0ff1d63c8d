import type { MetricValues, MetricView } from "../../gates/evaluate.ts";
import { type HistogramName, kindOf, type MetricRef } from "../../gates/metric.ts";
import type { Interval } from "../../metrics/accumulator.ts";
import { counters, phases, type SparseCounts, timing } from "../../metrics/snapshot.ts";
import { mergeCounts, noCounts } from "../../metrics/sparse-counts.ts";
import { mergeStatuses } from "../../metrics/status-counts.ts";
import type { ServerResult } from "../result.ts";
import { deliveryLatency } from "./broadcast-result.ts";
import { type Figures, figuresOf, wholeRun } from "./figures.ts";
import type { WorkloadData } from "./input.ts";
import { serverFigures } from "./server-figures.ts";
import { repliesWith, type Statuses, statusesOf } from "./statuses.ts";
import { statisticOf, sumOfFigures } from "./sum-of-figures.ts";

/** A workload in the part of the run that is evaluated. */
interface Part {
  readonly name: string;
  figures(): Figures;
  counts(name: HistogramName): SparseCounts;
  statuses(): Statuses;
}

/**
 * Values of metrics for gates, computed from the accumulators.
 *
 * `total` sums over workloads; for percentiles it merges their histograms, and its
 * `connections.peak` is the sum of their peaks.
 */
export function metricView(
  workloads: readonly WorkloadData[],
  servers: ReadonlyMap<string, ServerResult>,
): MetricView {
  const whole = workloads.map((data): Part => {
    const { steady, statuses } = data.accumulator.total;
    const { broadcast } = data;
    return {
      name: data.plan.name,
      figures: () => wholeRun(data),
      counts(name) {
        if (name === "deliverySpread") return broadcast?.spread ?? noCounts;
        if (name === "deliveryLatency") return broadcast ? deliveryLatency(broadcast) : noCounts;
        return steady[timing[name]] ?? noCounts;
      },
      statuses: () => statusesOf(data.workload, statuses),
    };
  });
  return {
    value: (metric) => valueIn(whole, servers, metric),
    windows: (lengthNs, metrics) => windows(workloads, servers, lengthNs, metrics),
  };
}

function valueIn(
  parts: readonly Part[],
  servers: ReadonlyMap<string, ServerResult>,
  metric: MetricRef,
): number | null {
  if (metric.of === "server") {
    const server = servers.get(metric.server);
    return server === undefined ? null : serverFigures(server)[metric.metric];
  }
  const chosen = parts.filter(({ name }) => metric.workload === null || name === metric.workload);
  if (metric.of === "workload") {
    return sumOfFigures(
      chosen.map((part) => part.figures()[metric.metric]),
      metric.metric,
    );
  }
  if (metric.of === "status") {
    return repliesWith(
      metric.range,
      chosen.map((part) => part.statuses()),
    );
  }
  const counts = mergeCounts(chosen.map((part) => part.counts(metric.metric)));
  return statisticOf(counts, metric.statistic);
}

/**
 * Windows are made of the timeline's seconds. They cover every second that steady state touches, so
 * that no sample is left out, and the last one includes replies that came in after its end for exchanges
 * started before. Only rates need whole seconds.
 *
 * With several workloads: the seconds in which all those named are in steady state; for `total`, in
 * which any is.
 */
function windows(
  workloads: readonly WorkloadData[],
  servers: ReadonlyMap<string, ServerResult>,
  lengthNs: number,
  metrics: readonly MetricRef[],
): MetricValues[] {
  const rates = metrics.some((metric) => kindOf(metric) === "rate");
  const spans = workloads.flatMap((data) => {
    const span = steadySpan(data, rates);
    return span === null ? [] : [{ data, ...span }];
  });
  const range = rangeOf(spans, metrics);
  const length = Math.round(lengthNs / (workloads[0]?.accumulator.intervalNs ?? 1));
  if (range === null || length < 1) return [];
  const found: MetricValues[] = [];
  for (let first = range.first; first + length <= range.end; first++) {
    const end = first + length;
    const parts = spans.map((span) => {
      const rest = end === range.end && span.end <= end && !rates;
      return partOf(span.data, first, rest ? Number.POSITIVE_INFINITY : end);
    });
    found.push({ value: (metric) => valueIn(parts, servers, metric) });
  }
  return found;
}

interface Span {
  /** Indexes of intervals, `end` exclusive. */
  readonly first: number;
  readonly end: number;
}

function steadySpan({ accumulator, times }: WorkloadData, wholeSeconds: boolean): Span | null {
  const { steadyNs, endNs } = times;
  if (steadyNs === null || endNs === null) return null;
  const { startNs, intervalNs } = accumulator;
  const [first, end] = [(steadyNs - startNs) / intervalNs, (endNs - startNs) / intervalNs];
  return wholeSeconds
    ? { first: Math.ceil(first), end: Math.floor(end) }
    : { first: Math.floor(first), end: Math.ceil(end) };
}

function rangeOf(
  spans: readonly (Span & { readonly data: WorkloadData })[],
  metrics: readonly MetricRef[],
): Span | null {
  const ranges = metrics.map((metric): Span | null => {
    if (metric.of === "server") return null;
    if (metric.workload === null) {
      return {
        first: Math.min(...spans.map(({ first }) => first)),
        end: Math.max(...spans.map(({ end }) => end)),
      };
    }
    return spans.find(({ data }) => data.plan.name === metric.workload) ?? null;
  });
  const known = ranges.filter((range) => range !== null);
  if (known.length < ranges.length || spans.length === 0) return null;
  return {
    first: Math.max(...known.map(({ first }) => first)),
    end: Math.min(...known.map(({ end }) => end)),
  };
}

function partOf(data: WorkloadData, first: number, end: number): Part {
  const { accumulator, plan } = data;
  const intervals = accumulator.intervals.slice(first, end);
  return {
    name: plan.name,
    counts(name) {
      // The type-check of gates rejects these before.
      if (name === "deliverySpread" || name === "deliveryLatency") return noCounts;
      return mergeCounts(intervals.map(({ sum }) => sum.steady[timing[name]] ?? noCounts));
    },
    statuses: () =>
      statusesOf(data.workload, mergeStatuses(intervals.flatMap(({ sum }) => sum.statuses))),
    figures() {
      const coveredNs = intervals.reduce((sum, interval) => sum + interval.coveredNs, 0);
      return figuresOf(data, {
        counters: addedCounters(intervals),
        errors: intervals.flatMap(({ sum }) => sum.errors),
        openPeak: Math.max(0, ...intervals.map(({ openPeak }) => openPeak)),
        // By what the snapshots cover: one that arrives a little late must not look like a slow second.
        steadySeconds: coveredNs / Math.max(1, accumulator.workers) / 1e9,
        delivered: data.delivered === null ? null : "unknown",
      });
    },
  };
}

function addedCounters(intervals: readonly Interval[]): Float64Array {
  const added = new Float64Array(phases.length * counters.length);
  for (const { sum } of intervals) {
    for (let i = 0; i < added.length; i++) {
      added[i] = (added[i] as number) + (sum.counters[i] as number);
    }
  }
  return added;
}
