/** Figures of a workload as they would be without what disturbed it. */
import type { Disturbances } from "../../metrics/disturbance/disturbances.ts";
import type { Part } from "../../metrics/disturbance/undisturbed.ts";
import {
  abandonedCode,
  counter,
  counters,
  inPhase,
  phase,
  phases,
  timeOutCode,
} from "../../metrics/snapshot.ts";
import { patterns } from "../../scenario/patterns.ts";
import { type Counted, type Figures, figuresOf } from "./figures.ts";
import type { WorkloadData } from "./input.ts";

/** What a queue can lose for each that is lost in the time itself: as much again while it is worked off. */
const lostFactor = 2;

/** Rates are never credited with more than this factor: nearly all of the time was lost. */
const mostScale = 100;

/** A part of steady state, and what disturbed it. */
export interface DisturbedSpan {
  readonly part: Part;
  readonly disturbances: Disturbances;
  /** Monotonic clock; null: steady state was not reached. */
  readonly span: { readonly fromNs: number; readonly toNs: number } | null;
}

/** All of a workload's steady state. */
export function wholeDisturbed(data: WorkloadData, disturbances: Disturbances): DisturbedSpan {
  const { steadyNs, endNs } = data.times;
  const span = steadyNs === null || endNs === null ? null : { fromNs: steadyNs, toNs: endNs };
  return { part: data.undisturbed.part(), disturbances, span };
}

/**
 * Figures with what disturbance can have taken from them given back: time-outs that it explains are replies, and no
 * connection was given up for them; what was sent and received counts for the time that was not lost, and losses are
 * fewer by what was sent in it.
 */
export function creditedFigures(
  data: WorkloadData,
  counted: Counted,
  { part, disturbances, span }: DisturbedSpan,
): Figures {
  const lostRatio = lostRatioOf(data, disturbances, span);
  const scale = scaleOf(lostRatio);
  const explained = part.timedOut;
  const steady = (name: keyof typeof counter) => inPhase(counted.counters, phase.steady, name);
  const { opensUpFront } = patterns[data.workload.pattern];
  const abandoned = Math.min(
    steady("exchangesAbandoned"),
    explained * (data.workload.inFlight - 1),
  );
  const changed = {
    sent: steady("sent") * scale,
    received: (steady("received") + explained) * scale,
    bytesSent: steady("bytesSent") * scale,
    bytesReceived: steady("bytesReceived") * scale,
    timedOut: Math.max(0, steady("timedOut") - explained),
    late: Math.max(0, steady("late") - explained),
    exchangesFailed: steady("exchangesFailed") - abandoned,
    reopenedTimeout: Math.max(0, steady("reopenedTimeout") - explained),
    opened: steady("opened") * (opensUpFront ? 1 : scale),
    unsent: Math.max(0, steady("unsent") - steady("offered") * lostFactor * lostRatio),
  };
  const rows = counted.counters.slice();
  for (const [name, value] of Object.entries(changed)) {
    rows[phase.steady * counters.length + counter[name as keyof typeof changed]] = value;
  }
  const fewer = new Map([
    [timeOutCode, explained],
    [abandonedCode, abandoned],
  ]);
  const errors = counted.errors.map((error) =>
    error.phase === phases[phase.steady]
      ? { ...error, count: Math.max(0, error.count - (fewer.get(error.code) ?? 0)) }
      : error,
  );
  const figures = figuresOf(data, { ...counted, counters: rows, errors });
  const of = (name: keyof Figures, change: (value: number) => number) => {
    const value = figures[name];
    return value === null ? null : Math.max(0, change(value));
  };
  const { steadySeconds } = counted;
  const explainedPerSecond =
    steadySeconds === null || steadySeconds <= 0 ? 0 : explained / steadySeconds;
  const rates = figuresOf(data, counted);
  const received = rates["rate.receivedPerSecond"];
  return {
    ...figures,
    "rate.receivedPerSecond": received === null ? null : (received + explainedPerSecond) * scale,
    "exchanges.lost": of(
      "exchanges.lost",
      (lost) => lost - steady("sent") * lostFactor * lostRatio,
    ),
    "connections.opensPerSecond": of(
      "connections.opensPerSecond",
      (rate) => rate * openingScale(data, disturbances, scale),
    ),
    "restarts.lost": of("restarts.lost", (lost) => lost - explained),
    "restarts.longestGapMs": of(
      "restarts.longestGapMs",
      (gapNs) => gapNs - (span === null ? 0 : lostRatio * (span.toNs - span.fromNs)),
    ),
  };
}

/** As `creditedFigures`, but for rates, which are those of the time that nothing disturbed; null: there was none. */
export function undisturbedFigures(
  data: WorkloadData,
  counted: Counted,
  disturbed: DisturbedSpan,
): Figures {
  const credited = creditedFigures(data, counted, disturbed);
  // What a server counted is not known by quarter second.
  if (counted.delivered !== null) return credited;
  const left = secondsLeft(data, counted, disturbed);
  const rest = counted.counters.map((count, i) => count - (disturbed.part.counters[i] as number));
  const rates = figuresOf(data, { ...counted, counters: rest, steadySeconds: left });
  return {
    ...credited,
    "rate.achievedPerSecond": rates["rate.achievedPerSecond"],
    "rate.receivedPerSecond": rates["rate.receivedPerSecond"],
  };
}

/** Returns by what a count is to be multiplied for the time that was lost. */
export function scaleFor(data: WorkloadData, { disturbances, span }: DisturbedSpan): number {
  return scaleOf(lostRatioOf(data, disturbances, span));
}

/** Returns the ratio of steady state that nothing disturbed, on average over its workers. */
export function timeLeft(data: WorkloadData, counted: Counted, disturbed: DisturbedSpan): number {
  const { steadySeconds } = counted;
  if (steadySeconds === null || steadySeconds <= 0) return 1;
  return secondsLeft(data, counted, disturbed) / steadySeconds;
}

function secondsLeft(
  { plan }: WorkloadData,
  { steadySeconds }: Counted,
  { part, span }: DisturbedSpan,
): number {
  if (steadySeconds === null || span === null) return 0;
  const disturbedNs = part.disturbedSpans.reduce(
    (sum, { fromNs, toNs }) =>
      sum + Math.max(0, Math.min(toNs, span.toNs) - Math.max(fromNs, span.fromNs)),
    0,
  );
  return Math.max(0, steadySeconds - disturbedNs / Math.max(1, plan.portions.length) / 1e9);
}

function lostRatioOf(
  { plan }: WorkloadData,
  disturbances: Disturbances,
  span: DisturbedSpan["span"],
): number {
  if (span === null || span.toNs <= span.fromNs) return 0;
  const workers = plan.portions.map(({ worker }) => worker);
  const lostNs = disturbances.meanLostNs(workers, span.fromNs, span.toNs);
  return lostNs / (span.toNs - span.fromNs);
}

function scaleOf(lostRatio: number): number {
  return Math.min(mostScale, 1 / Math.max(1 / mostScale, 1 - lostRatio));
}

/** Connections that are opened up front are opened before steady state. */
function openingScale(data: WorkloadData, disturbances: Disturbances, steadyScale: number): number {
  const { openNs, connectedNs } = data.times;
  if (!patterns[data.workload.pattern].opensUpFront) return steadyScale;
  if (openNs === null || connectedNs === null) return 1;
  return scaleOf(lostRatioOf(data, disturbances, { fromNs: openNs, toNs: connectedNs }));
}
