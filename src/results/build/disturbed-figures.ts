/** Figures of a workload as they would be without what disturbed it. */
import type { Disturbances } from "../../metrics/disturbance/disturbances.ts";
import type { Part } from "../../metrics/disturbance/undisturbed.ts";
import {
  abandonedCode,
  counter,
  counters,
  inPhase,
  isConnectTimeOut,
  isTimeOut,
  overPhases,
  type Phase,
  phase,
  phases,
} from "../../metrics/snapshot.ts";
import { patterns } from "../../scenario/patterns.ts";
import { lostByReceiver } from "./broadcast-result.ts";
import type { BroadcastMeasured } from "./delivered.ts";
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
  const lost = { scale, ratio: Math.max(lostRatio, receiversLostRatio(data, span)) };
  const explained = part.timedOut;
  const steady = (name: keyof typeof counter) => inPhase(counted.counters, phase.steady, name);
  const { opensUpFront } = patterns[data.workload.pattern];
  const abandoned = abandonedAtMost(data, counted, explained);
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
  const connects = giveBackConnects(rows, part.connectsTimedOut);
  const errors = creditedErrors(data, counted, part);
  const openPeak = counted.openPeak + connects;
  const arrived = counted.arrived === null ? null : arrivedAtMost(data, counted, lost);
  const delivered = deliveredAtMost(data, counted, lost);
  const figures = figuresOf(data, {
    ...counted,
    counters: rows,
    errors,
    openPeak,
    arrived,
    delivered,
  });
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
    "rate.receivedPerSecond":
      received === null || arrived !== null
        ? figures["rate.receivedPerSecond"]
        : (received + explainedPerSecond) * scale,
    "connections.opensPerSecond": of(
      "connections.opensPerSecond",
      (rate) => rate * openingScale(data, disturbances, scale),
    ),
    "connections.openAtEnd": of("connections.openAtEnd", (open) => open + connects),
    "exchanges.lost": of("exchanges.lost", (lost) => lost - (lostSubscribed(data) ?? 0)),
    "restarts.failed": of("restarts.failed", (failed) => failed - connects),
    "restarts.lost": of("restarts.lost", (lost) => lost - explained),
    "restarts.longestGapMs": of(
      "restarts.longestGapMs",
      (gapNs) => gapNs - (span === null ? 0 : lostRatio * (span.toNs - span.fromNs)),
    ),
  };
}

/** Errors without those that disturbance explains: time-outs, and what was given up for them. */
export function creditedErrors(
  data: WorkloadData,
  counted: Counted,
  part: Part,
): Counted["errors"] {
  const abandoned = abandonedAtMost(data, counted, part.timedOut);
  const connectsLeft = [...part.connectsTimedOut];
  const timeOutsLeft = [...part.timeOutErrors];
  const take = (left: number[], at: Phase, most: number) => {
    const taken = Math.min(left[at] ?? 0, most);
    left[at] = (left[at] ?? 0) - taken;
    return taken;
  };
  const lessOf = ({ code, count, ...error }: Counted["errors"][number]) => {
    const at = phase[error.phase];
    if (isConnectTimeOut(code)) return take(connectsLeft, at, count);
    if (isTimeOut(code)) return take(timeOutsLeft, at, count);
    return code === abandonedCode && at === phase.steady ? Math.min(abandoned, count) : 0;
  };
  return counted.errors.map((error) => ({ ...error, count: error.count - lessOf(error) }));
}

/** Exchanges that were given up as another one on their connection timed out for a disturbance. */
function abandonedAtMost({ workload }: WorkloadData, { counters }: Counted, explained: number) {
  return Math.min(
    inPhase(counters, phase.steady, "exchangesAbandoned"),
    explained * (workload.inFlight - 1),
  );
}

/** Attempts to connect that timed out for a disturbance would have succeeded. @returns how many these are */
function giveBackConnects(rows: Float64Array, timedOut: Float64Array): number {
  const add = (at: number, by: number) => {
    rows[at] = Math.max(0, (rows[at] as number) + by);
  };
  for (let at = 0; at < phases.length; at++) {
    add(at * counters.length + counter.failed, -(timedOut[at] as number));
    add(at * counters.length + counter.opened, timedOut[at] as number);
  }
  return timedOut.reduce((sum, count) => sum + count, 0);
}

/** What disturbance can have cost a part of a run: a factor for counts, and the ratio of its time. */
interface Lost {
  readonly scale: number;
  readonly ratio: number;
}

/** Counts of those who receive without replying, with what they can have lost given back. */
function deliveredAtMost(data: WorkloadData, counted: Counted, { scale, ratio }: Lost) {
  const { delivered } = counted;
  if (delivered === null || delivered === "unknown") return delivered;
  const sent = overPhases(counted.counters, "sent");
  const lost = delivered.lost ?? Math.max(0, sent - delivered.received);
  const steadySent = inPhase(counted.counters, phase.steady, "sent");
  const found = Math.min(lost, lostDeliveries(data) ?? steadySent * lostFactor * ratio);
  const bytesEach = sent === 0 ? 0 : overPhases(counted.counters, "bytesSent") / sent;
  return {
    ...delivered,
    lost: lost - found,
    received: (delivered.received + found) * scale,
    bytesReceived: (delivered.bytesReceived + found * bytesEach) * scale,
  };
}

/** What arrived in steady state, or a part of it, by the time of its arrival: what was lost or late counts as well. */
function arrivedAtMost(data: WorkloadData, counted: Counted, { scale, ratio }: Lost): number {
  const copies = data.broadcast === null ? 1 : copiesOf(data, data.broadcast);
  const sent = inPhase(counted.counters, phase.steady, "sent");
  const late = sent * copies * Math.min(1, lostFactor * ratio);
  return ((counted.arrived ?? 0) + late) * scale;
}

/** How many receivers each datagram is for. */
function copiesOf({ workload }: WorkloadData, { receivers }: BroadcastMeasured): number {
  return workload.broadcast?.delivery === "contrast" ? 1 : receivers.length;
}

/** Deliveries of a broadcast that disturbance can have cost at most; null for others. */
export function lostDeliveries(data: WorkloadData): number | null {
  const { broadcast, deliveries, workload, accumulator } = data;
  if (broadcast === null || deliveries === null || workload.broadcast === null) return null;
  const lostBy = broadcast.receivers.map((receiver) =>
    Math.min(
      deliveries.lostAtMost(receiver.thread),
      lostByReceiver(receiver, accumulator.count("sent")),
    ),
  );
  // What is sent to one address of several receivers is for one of them.
  if (workload.broadcast.delivery === "contrast") return Math.max(0, ...lostBy);
  return lostBy.reduce((sum, lost) => sum + lost, 0);
}

/** Deliveries to subscribers that disturbance can have cost at most; null for other patterns. */
function lostSubscribed({ subscription, deliveries }: WorkloadData): number | null {
  if (subscription === null || deliveries === null) return null;
  const listed = subscription.incomplete.reduce(
    (sum, { worker, lost }) => sum + Math.min(lost, deliveries.lostAtMost(worker)),
    0,
  );
  const rest = subscription.lost - subscription.incomplete.reduce((sum, { lost }) => sum + lost, 0);
  const others = subscription.subscribers - subscription.incomplete.length;
  const most = Math.max(0, ...deliveries.threads.map((thread) => deliveries.lostAtMost(thread)));
  return listed + Math.min(rest, others * most);
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
  const disturbedNs = part.disturbedNs(span.fromNs, span.toNs);
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

/** Of a broadcast's receivers; 0 for other workloads. */
function receiversLostRatio({ deliveries }: WorkloadData, span: DisturbedSpan["span"]): number {
  return span === null || deliveries === null ? 0 : deliveries.lostRatio(span.fromNs, span.toNs);
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
