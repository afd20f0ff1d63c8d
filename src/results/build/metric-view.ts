import { assert } from "../../base/assert.ts";
import type { StatusRange } from "../../base/http-status.ts";
import type { JudgedValues, MetricView, MetricWindow } from "../../gates/evaluate.ts";
import {
  type HistogramName,
  isTcpTiming,
  kindOf,
  type MetricRef,
  type ServerMetric,
  type TcpTiming,
} from "../../gates/metric.ts";
import type { Interval } from "../../metrics/accumulator.ts";
import { without } from "../../metrics/disturbance/changed-counts.ts";
import type { Disturbances } from "../../metrics/disturbance/disturbances.ts";
import {
  counters as counterNames,
  inPhase,
  overPhases,
  phase,
  phases,
  type SparseCounts,
  type StatusCount,
  timing,
} from "../../metrics/snapshot.ts";
import { mergeCounts, noCounts } from "../../metrics/sparse-counts.ts";
import { mergeStatuses } from "../../metrics/status-counts.ts";
import { addCounters } from "../../metrics/timeline/packed-tally.ts";
import type { ServerResult } from "../server-result.ts";
import { deliveryLatency } from "./broadcast-result.ts";
import {
  creditedErrors,
  creditedFigures,
  type DisturbedSpan,
  scaleFor,
  timeLeft,
  undisturbedFigures,
  wholeDisturbed,
} from "./disturbed-figures.ts";
import { countErrors } from "./error-counts.ts";
import { arrivedIn, type Counted, type Figures, figuresOf, wholeCounted } from "./figures.ts";
import { partsOf, type WorkloadData } from "./input.ts";
import { serverFigures } from "./server-figures.ts";
import { repliesWith, type Statuses, statusesOf } from "./statuses.ts";
import { samplesOf, timingOf } from "./subscription-result.ts";
import { statisticOf, sumOfFigures } from "./sum-of-figures.ts";

/** With what disturbed it, without that, or with it but less what it can have cost. */
type How = "all" | "undisturbed" | "credited";

/** A workload in the part of the run that is evaluated. */
interface Part {
  readonly name: string;
  /** As `WorkloadData.part`. */
  readonly partName: string | null;
  figures(how: How): Figures;
  counts(name: HistogramName, how: How): SparseCounts;
  statuses(): Statuses;
  errors(how: How): Counted["errors"];
  /** What counts are multiplied with for the time that was lost. */
  readonly scale: number;
  /** Ratio of the time that nothing disturbed. */
  timeLeft(): number;
  /** Time-outs that disturbance explains, of exchanges and of attempts to connect. */
  readonly timedOut: number;
  readonly connectsTimedOut: number;
  /** What was lost in it, ns. */
  readonly lostNs: number;
}

interface WindowPart extends Part {
  /** As `MetricWindow.isPause`. */
  isPause(metric: MetricRef): boolean;
}

/** A view whose windows can be asked for one by one, as gates that are judged during the run do. */
export interface SecondsView extends MetricView {
  /** Returns how many whole seconds of steady state all the metrics' workloads have in common. */
  seconds(metrics: readonly MetricRef[]): number;
  /** Returns when the first of these begins, monotonic clock; null: there is none. */
  fromNs(metrics: readonly MetricRef[]): number | null;
  /** Returns the window of `length` seconds that begins with second `first` of these. */
  window(first: number, length: number, metrics: readonly MetricRef[]): MetricWindow;
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
  disturbances: Disturbances,
): SecondsView {
  const all = workloads.flatMap((data) => [data, ...partsOf(data)]);
  const whole = all.map((data): Part => {
    const { steady, statuses } = data.accumulator.total;
    return partFrom(
      data,
      wholeCounted(data),
      statuses,
      wholeDisturbed(data, disturbances),
      (name) => {
        if (name === "deliverySpread") return data.broadcast?.spread ?? noCounts;
        if (isTcpTiming(name)) return tcpSamples(data, name);
        if (name === "deliveryLatency" && data.broadcast) return deliveryLatency(data.broadcast);
        return samplesOf(data, steady, name);
      },
    );
  });
  const spans = all.flatMap((data) => {
    const span = wholeSeconds(data);
    return span === null ? [] : [{ data, ...span }];
  });
  const spansOf = (metrics: readonly MetricRef[]) =>
    spans.filter(({ data: { part } }) => {
      return part === null || metrics.some((ref) => ref.of !== "server" && ref.part === part);
    });
  const windowIn = (
    { fromNs }: Span,
    first: number,
    length: number,
    used: readonly WorkloadSpan[],
  ) => windowOf(partsIn(used, disturbances, fromNs, first, length), servers);
  return {
    ...valuesOf(whole, servers),
    seconds: (metrics) => rangeOf(spans, metrics)?.seconds ?? 0,
    fromNs: (metrics) => rangeOf(spans, metrics)?.fromNs ?? null,
    window(first, length, metrics) {
      const range = rangeOf(spans, metrics);
      assert(range !== null && first + length <= range.seconds, "the window is in steady state");
      return windowIn(range, first, length, spansOf(metrics));
    },
    windows(lengthNs, metrics, first = 0) {
      const range = rangeOf(spans, metrics);
      const length = Math.round(lengthNs / secondNs);
      if (range === null || length < 1) return [];
      const count = Math.max(0, range.seconds - length + 1 - first);
      const used = spansOf(metrics);
      return Array.from({ length: count }, (_, at) => windowIn(range, first + at, length, used));
    },
  };
}

function partFrom(
  data: WorkloadData,
  counted: Counted,
  statuses: readonly StatusCount[],
  disturbed: DisturbedSpan,
  counts: (name: HistogramName) => SparseCounts,
): Part {
  const { part, disturbances, span } = disturbed;
  const workers = data.plan.portions.map(({ worker }) => worker);
  const lostNs = span === null ? 0 : disturbances.meanLostNs(workers, span.fromNs, span.toNs);
  return {
    name: data.plan.name,
    partName: data.part,
    figures(how) {
      if (how === "undisturbed") return undisturbedFigures(data, counted, disturbed);
      return how === "credited"
        ? creditedFigures(data, counted, disturbed)
        : figuresOf(data, counted);
    },
    counts(name, how) {
      const all = counts(name);
      if (how === "all" || isTcpTiming(name)) return all;
      if (name === "deliverySpread") return spreadOf(data, all, how);
      if (name === "deliveryLatency" && data.broadcast) {
        return data.deliveries?.part[how](all, timing.responseTime) ?? all;
      }
      const which = all.count === 0 ? null : timingOf(data.workload, name);
      return which === null ? all : part[how](all, which);
    },
    statuses: () => statusesOf(data.workload, statuses),
    errors: (how) => (how === "all" ? counted.errors : creditedErrors(data, counted, part)),
    timeLeft: () => timeLeft(data, counted, disturbed),
    scale: scaleFor(data, disturbed),
    timedOut: part.timedOut,
    connectsTimedOut: part.connectsTimedOut.reduce((sum, count) => sum + count, 0),
    lostNs,
  };
}

/** What the kernel knows of the connections: a busy machine is in it as it is. */
function tcpSamples({ tcp }: WorkloadData, name: TcpTiming): SparseCounts {
  if (tcp === null) return noCounts;
  return name === "tcp.rtt" ? tcp.rtt : tcp.rttVariation;
}

/** The spread of a broadcast without what was disturbed, or with less of it. */
function spreadOf(
  { broadcast }: WorkloadData,
  all: SparseCounts,
  how: "undisturbed" | "credited",
): SparseCounts {
  if (broadcast === null) return all;
  const rest = without(all, broadcast.disturbedSpread);
  return how === "undisturbed" ? rest : mergeCounts([rest, broadcast.creditedSpread]);
}

function valuesOf(
  parts: readonly Part[],
  servers: ReadonlyMap<string, ServerResult>,
): JudgedValues {
  const value = (how: How) => (metric: MetricRef) => valueIn(parts, servers, metric, how);
  return {
    value: value("all"),
    undisturbed: { value: value("undisturbed"), ratio: (metric) => ratioLeft(parts, metric) },
    credited: { value: value("credited") },
  };
}

/** Returns the ratio of what a metric is made of that nothing disturbed; counts are judged by the exchange. */
function ratioLeft(parts: readonly Part[], metric: MetricRef): number {
  if (metric.of === "server") return 1;
  const chosen = chosenParts(parts, metric);
  // Which looks were disturbed is not known.
  const isKernels = metric.of === "timing" && isTcpTiming(metric.metric);
  if (metric.of === "timing" && !isKernels) {
    const count = (how: How) =>
      chosen.reduce((sum, part) => sum + part.counts(metric.metric, how).count, 0);
    const all = count("all");
    return all === 0 ? 1 : count("undisturbed") / all;
  }
  return isKernels || kindOf(metric) === "rate"
    ? Math.min(1, ...chosen.map((part) => part.timeLeft()))
    : 1;
}

function chosenParts<P extends Part>(parts: readonly P[], metric: MetricRef): readonly P[] {
  if (metric.of === "server") return [];
  const { workload, part = null } = metric;
  return parts.filter(
    ({ name, partName }) => partName === part && (workload === null || name === workload),
  );
}

function valueIn(
  parts: readonly Part[],
  servers: ReadonlyMap<string, ServerResult>,
  metric: MetricRef,
  how: How,
): number | null {
  if (metric.of === "server") {
    const server = servers.get(metric.server);
    const value = server === undefined ? null : serverFigures(server)[metric.metric];
    return value === null || how === "all" ? value : creditedOfServer(parts, metric.metric, value);
  }
  const chosen = chosenParts(parts, metric);
  if (metric.of === "workload") {
    return sumOfFigures(
      chosen.map((part) => part.figures(how)[metric.metric]),
      metric.metric,
    );
  }
  if (metric.of === "status") {
    if (how !== "all") return creditedReplies(chosen, metric.range);
    return repliesWith(
      metric.range,
      chosen.map((part) => part.statuses()),
    );
  }
  if (metric.of === "error") {
    if (chosen.length === 0) return null;
    return countErrors(
      chosen.flatMap((part) => part.errors(how)),
      ({ code }) => code === metric.code,
    );
  }
  const counts = mergeCounts(chosen.map((part) => part.counts(metric.metric, how)));
  return statisticOf(counts, metric.statistic);
}

/** Replies below it are good ones. */
const firstErrorStatus = 400;

/** Time-outs that disturbance explains would have been good replies. */
function creditedReplies(parts: readonly Part[], range: StatusRange | string): number | null {
  // Of one that a protocol names nobody knows: it may have been that of a good reply.
  const isGood = typeof range === "string" || range[1] < firstErrorStatus;
  const credited = parts.flatMap((part) => {
    const replies = repliesWith(range, [part.statuses()]);
    return replies === null ? [] : [(replies + (isGood ? part.timedOut : 0)) * part.scale];
  });
  return credited.length === 0 ? null : credited.reduce((sum, one) => sum + one, 0);
}

/** A server's restarts are seen by its workloads. */
function creditedOfServer(parts: readonly Part[], metric: ServerMetric, value: number): number {
  const wholes = parts.filter(({ partName }) => partName === null);
  const less = { "restarts.lost": "timedOut", "restarts.failed": "connectsTimedOut" } as const;
  if (metric === "restarts.lost" || metric === "restarts.failed") {
    return Math.max(0, value - wholes.reduce((sum, part) => sum + part[less[metric]], 0));
  }
  if (metric !== "restarts.longestGapMs") return value;
  return Math.max(0, value - Math.max(0, ...wholes.map(({ lostNs }) => lostNs)));
}

/**
 * Windows are whole seconds of steady state, each of them exact: a request and its reply count in the second that
 * the request was due in. What does not fill a second at the end is in no window.
 *
 * With several workloads: the windows that lie in the steady state of all those named, by the seconds of the one that
 * began last; for `total` alone, of any workload, by those of the one that began first. Where workloads did not begin at
 * the same fraction of a second, the seconds of the others that are nearest are taken.
 */
function partsIn(
  spans: readonly WorkloadSpan[],
  disturbances: Disturbances,
  rangeNs: number,
  first: number,
  length: number,
): WindowPart[] {
  return spans.map(({ data, fromNs, seconds }) => {
    const from = Math.round((rangeNs - fromNs) / secondNs) + first;
    const end = Math.min(seconds, from + length);
    const part = partOf(data, disturbances, Math.max(0, from), end, length);
    if (data.publishers.length === 0) return part;
    // Nothing is offered to subscribers: it is sent by others, which have seconds of their own.
    const publishers = spans.filter(
      ({ data: { part, plan } }) => part === null && data.publishers.includes(plan.name),
    );
    const isSilent = () =>
      publishers.every((one) => {
        const begin = Math.max(0, Math.round((rangeNs - one.fromNs) / secondNs) + first);
        const sent = one.data.accumulator.seconds(begin, Math.min(one.seconds, begin + length));
        return inPhase(addedCounters(sent), phase.steady, "sent") === 0;
      });
    return { ...part, isPause: (ref) => (isOpening(ref) ? part.isPause(ref) : isSilent()) };
  });
}

/** Whether a metric is of the opening of connections, and not of messages. */
function isOpening({ metric }: MetricRef): boolean {
  return metric === "connectTime" || metric === "tlsTime" || metric === "openTime";
}

function windowOf(
  parts: readonly WindowPart[],
  servers: ReadonlyMap<string, ServerResult>,
): MetricWindow {
  return {
    ...valuesOf(parts, servers),
    isPause: (metric) => chosenParts(parts, metric).every((part) => part.isPause(metric)),
  };
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
function partOf(
  data: WorkloadData,
  disturbances: Disturbances,
  first: number,
  end: number,
  seconds: number,
): WindowPart {
  const { accumulator, times } = data;
  const intervals = accumulator.seconds(first, end);
  const counters = addedCounters(intervals);
  const counted = {
    counters,
    errors: intervals.flatMap(({ sum }) => sum.errors),
    openPeak: Math.max(0, ...intervals.map(({ openPeak }) => openPeak)),
    steadySeconds: seconds,
    delivered: data.delivered === null ? null : ("unknown" as const),
    arrived: data.part === null ? arrivedIn(data.delivered, first, Math.max(first, end)) : null,
  };
  const steadyNs = times.steadyNs ?? accumulator.startNs;
  const span = { fromNs: steadyNs + first * secondNs, toNs: steadyNs + end * secondNs };
  const part = data.undisturbed.part(first, end);
  const statuses = mergeStatuses(intervals.flatMap(({ sum }) => sum.statuses));
  return {
    ...partFrom(data, counted, statuses, { part, disturbances, span }, (name) => {
      // The type-check of gates rejects this before.
      if (name === "deliverySpread" || isTcpTiming(name)) return noCounts;
      return mergeCounts(intervals.map(({ sum }) => samplesOf(data, sum.steady, name)));
    }),
    isPause(metric) {
      const tried = overPhases(counters, "opened") + overPhases(counters, "failed");
      // A part is not offered anything: the workload is.
      const due = inPhase(counters, phase.steady, data.part === null ? "offered" : "sent");
      return (isOpening(metric) ? tried : due) === 0;
    },
  };
}

function addedCounters(intervals: readonly Interval[]): Float64Array {
  const added = new Float64Array(phases.length * counterNames.length);
  for (const { sum } of intervals) addCounters(added, sum);
  return added;
}
