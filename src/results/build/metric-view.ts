import type { MetricView, MetricWindow } from "../../gates/evaluate.ts";
import type { HistogramName, MetricRef } from "../../gates/metric.ts";
import type { Interval } from "../../metrics/accumulator.ts";
import {
  counters as counterNames,
  inPhase,
  overPhases,
  phase,
  phases,
  type SparseCounts,
  timing,
} from "../../metrics/snapshot.ts";
import { mergeCounts, noCounts } from "../../metrics/sparse-counts.ts";
import { mergeStatuses } from "../../metrics/status-counts.ts";
import type { ServerResult } from "../result.ts";
import { deliveryLatency } from "./broadcast-result.ts";
import { arrivedIn, type Figures, figuresOf, wholeRun } from "./figures.ts";
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

interface WindowPart extends Part {
  /** As `MetricWindow.isPause`. */
  isPause(metric: MetricRef): boolean;
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
  const chosen = chosenParts(parts, metric);
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

function chosenParts<P extends Part>(parts: readonly P[], metric: MetricRef): readonly P[] {
  if (metric.of === "server") return [];
  return parts.filter(({ name }) => metric.workload === null || name === metric.workload);
}

/**
 * Windows are whole seconds of steady state, each of them exact: a request and its reply count in the second that
 * the request was due in. What does not fill a second at the end is in no window.
 *
 * With several workloads: the windows that lie in the steady state of all those named, by the seconds of the one that
 * began last; for `total` alone, of any workload, by those of the one that began first. Where workloads did not begin at
 * the same fraction of a second, the seconds of the others that are nearest are taken.
 */
function windows(
  workloads: readonly WorkloadData[],
  servers: ReadonlyMap<string, ServerResult>,
  lengthNs: number,
  metrics: readonly MetricRef[],
): MetricWindow[] {
  const spans = workloads.flatMap((data) => {
    const span = wholeSeconds(data);
    return span === null ? [] : [{ data, ...span }];
  });
  const range = rangeOf(spans, metrics);
  const length = Math.round(lengthNs / secondNs);
  if (range === null || length < 1) return [];
  const found: MetricWindow[] = [];
  for (let first = 0; first + length <= range.seconds; first++) {
    const parts = spans.map(({ data, fromNs, seconds }) => {
      const from = Math.round((range.fromNs - fromNs) / secondNs) + first;
      return partOf(data, Math.max(0, from), Math.min(seconds, from + length), length);
    });
    found.push({
      value: (metric) => valueIn(parts, servers, metric),
      isPause: (metric) => chosenParts(parts, metric).every((part) => part.isPause(metric)),
    });
  }
  return found;
}

const secondNs = 1e9;

/** Whole seconds of the run. */
interface Span {
  /** Monotonic clock. */
  readonly fromNs: number;
  readonly seconds: number;
}

interface WorkloadSpan extends Span {
  readonly data: WorkloadData;
}

/** Those in steady state; null when it was not reached. */
function wholeSeconds({ times: { steadyNs, endNs } }: WorkloadData): Span | null {
  if (steadyNs === null || endNs === null) return null;
  return { fromNs: steadyNs, seconds: Math.floor((endNs - steadyNs) / secondNs) };
}

function rangeOf(spans: readonly WorkloadSpan[], metrics: readonly MetricRef[]): Span | null {
  const chosen = metrics.map((metric): Span | null => {
    if (metric.of === "server") return null;
    if (metric.workload === null) return unionOf(spans);
    return spans.find(({ data }) => data.plan.name === metric.workload) ?? null;
  });
  const known = chosen.filter((span) => span !== null);
  return known.length < chosen.length ? null : intersectionOf(known);
}

function unionOf(spans: readonly Span[]): Span | null {
  if (spans.length === 0) return null;
  const fromNs = Math.min(...spans.map((span) => span.fromNs));
  return { fromNs, seconds: Math.max(...spans.map((span) => offset(span, fromNs) + span.seconds)) };
}

function intersectionOf(spans: readonly Span[]): Span {
  const fromNs = Math.max(...spans.map((span) => span.fromNs));
  return { fromNs, seconds: Math.min(...spans.map((span) => offset(span, fromNs) + span.seconds)) };
}

/** By how many whole seconds a span begins after a time. */
function offset(span: Span, ns: number): number {
  return Math.round((span.fromNs - ns) / secondNs);
}

/** @param seconds that it stands for, which some workloads may not fill */
function partOf(data: WorkloadData, first: number, end: number, seconds: number): WindowPart {
  const { accumulator, plan } = data;
  const intervals = accumulator.seconds(first, end);
  const counters = addedCounters(intervals);
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
      return figuresOf(data, {
        counters,
        errors: intervals.flatMap(({ sum }) => sum.errors),
        openPeak: Math.max(0, ...intervals.map(({ openPeak }) => openPeak)),
        steadySeconds: seconds,
        delivered: data.delivered === null ? null : "unknown",
        arrived: arrivedIn(data.delivered, first, Math.max(first, end)),
      });
    },
    isPause(metric) {
      const tried = overPhases(counters, "opened") + overPhases(counters, "failed");
      const due = inPhase(counters, phase.steady, "offered");
      return (metric.metric === "connectTime" ? tried : due) === 0;
    },
  };
}

function addedCounters(intervals: readonly Interval[]): Float64Array {
  const added = new Float64Array(phases.length * counterNames.length);
  for (const { sum } of intervals) {
    for (let i = 0; i < added.length; i++) {
      added[i] = (added[i] as number) + (sum.counters[i] as number);
    }
  }
  return added;
}
