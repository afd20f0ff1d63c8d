import type { WorkloadMetric } from "../../gates/metric.ts";
import type { SubscriptionsMeasured } from "../../metrics/broadcast/subscriptions.ts";
import {
  type CounterName,
  type ErrorCount,
  inPhase,
  overPhases,
  phase,
  type Side,
} from "../../metrics/snapshot.ts";
import { patterns } from "../../scenario/patterns.ts";
import type { Delivered } from "./delivered.ts";
import { countErrors } from "./error-counts.ts";
import type { WorkloadData } from "./input.ts";
import { restartFigures } from "./restarts/flows.ts";

/** Counters of the connections that were opened again, by cause. */
const reopenedBy = {
  timeout: "reopenedTimeout",
  malformed: "reopenedMalformed",
  unsolicited: "reopenedUnsolicited",
  unexpected: "reopenedUnexpected",
  closedByTarget: "reopenedClosedByTarget",
} as const satisfies Record<string, CounterName>;

/** Counts of a part of a run, and the time they stand for. */
export interface Counted {
  /** As `Snapshot.counters`. */
  readonly counters: Float64Array;
  readonly errors: readonly ErrorCount[];
  /** Most connections open at once in it. */
  readonly openPeak: number;
  /** Length of steady state in it; null or 0: there is none. */
  readonly steadySeconds: number | null;
  /** What the server counted in the whole run; null where clients count; "unknown" for a part of such a run. */
  readonly delivered: Delivered | null | "unknown";
  /** Where the server counts: what arrived in steady state of it, whenever that was sent; null where nobody knows. */
  readonly arrived: number | null;
}

/** The figures of a workload, by metric. One table, so that result and gates never disagree. */
export type Figures = Readonly<Record<WorkloadMetric, number | null>>;

/**
 * Figures of a workload over a part of its run, or over all of it.
 *
 * @param counted of that part; see `wholeRun` for all of it
 * @returns       null for a rate without steady state, and for what only the server could have counted
 */
export function figuresOf(data: WorkloadData, counted: Counted): Figures {
  const { delivered } = counted;
  const steady = (name: CounterName) => inPhase(counted.counters, phase.steady, name);
  const everyPhase = (name: CounterName) => overPhases(counted.counters, name);
  const exchanges = delivered === null ? steady : everyPhase;
  const arrived = (
    byClient: CounterName,
    byServer: Exclude<keyof Delivered, "lost" | "arrivals">,
  ) => {
    if (delivered === "unknown") return null;
    return delivered === null ? steady(byClient) : delivered[byServer];
  };
  const perSecond = (count: number) =>
    counted.steadySeconds === null || counted.steadySeconds <= 0
      ? null
      : count / counted.steadySeconds;
  return {
    "connections.planned": plannedConnections(data),
    "connections.opened": everyPhase("opened"),
    "connections.failed": everyPhase("failed"),
    "connections.openFailed": everyPhase("openFailed"),
    "connections.peak": counted.openPeak,
    "connections.closedByTarget": everyPhase("closedByTarget"),
    "connections.openAtEnd": openAtEnd(data),
    "connections.refused": everyPhase("refused"),
    "connections.tlsResumed": everyPhase("tlsResumed"),
    "connections.rotated": everyPhase("rotated"),
    "connections.portsTaken": everyPhase("portsTaken"),
    "connections.reopened": sum(Object.values(reopenedBy).map(everyPhase)),
    "connections.reopened.timeout": everyPhase(reopenedBy.timeout),
    "connections.reopened.malformed": everyPhase(reopenedBy.malformed),
    "connections.reopened.unsolicited": everyPhase(reopenedBy.unsolicited),
    "connections.reopened.unexpected": everyPhase(reopenedBy.unexpected),
    "connections.reopened.closedByTarget": everyPhase(reopenedBy.closedByTarget),
    "connections.opensPerSecond": opensPerSecond(data, counted),
    "exchanges.offered": exchanges("offered"),
    "exchanges.sent": exchanges("sent"),
    "exchanges.received":
      delivered === "unknown" ? counted.arrived : arrived("received", "received"),
    "exchanges.lost":
      data.subscription === null
        ? lostOf(delivered, everyPhase("sent"))
        : lostBySubscribers(data.subscription),
    "exchanges.timedOut": exchanges("timedOut"),
    "exchanges.late": exchanges("late"),
    "exchanges.duplicated": arrived("duplicated", "duplicated"),
    "exchanges.reordered": arrived("reordered", "reordered"),
    "exchanges.corrupted": exchanges("corrupted"),
    "exchanges.truncated": exchanges("truncated"),
    "exchanges.wrongSource": exchanges("wrongSource"),
    "exchanges.failed": exchanges("exchangesFailed"),
    "exchanges.unsolicited": everyPhase("unsolicited"),
    "exchanges.unsent": exchanges("unsent"),
    "asides.pushed": everyPhase("pushed"),
    "asides.ignored": everyPhase("ignored"),
    "asides.answersSent": everyPhase("answersSent"),
    "asides.keepAlivesSent": everyPhase("keepAlivesSent"),
    "rate.offeredPerSecond": perSecond(steady("offered")),
    "rate.achievedPerSecond": perSecond(steady("sent")),
    "rate.receivedPerSecond":
      delivered === null
        ? perSecond(arrivedInSteady(counted))
        : counted.arrived === null
          ? null
          : perSecond(counted.arrived),
    "bytes.sent": exchanges("bytesSent"),
    "bytes.received": arrived("bytesReceived", "bytesReceived"),
    errors: errorCount(counted.errors, null),
    "errors.target": errorCount(counted.errors, "target"),
    "errors.generator": errorCount(counted.errors, "generator"),
    ...restartFigures(data),
    ...tcpFigures(data),
  };
}

/** Of the whole run, whatever part of it is asked for: gates over them have no windows. */
function tcpFigures({ tcp }: WorkloadData) {
  return {
    "tcp.retransmits": tcp?.whole("retransmits") ?? null,
    "tcp.segmentsSent": tcp?.whole("segmentsSent") ?? null,
    "tcp.busyMs": tcp?.steady("busyNs") ?? null,
    "tcp.receiveWindowLimitedMs": tcp?.steady("receiveWindowLimitedNs") ?? null,
    "tcp.sendBufferLimitedMs": tcp?.steady("sendBufferLimitedNs") ?? null,
  };
}

/** Replies that arrived in steady state, whichever phase their exchange belongs to. */
function arrivedInSteady({ counters: rows }: Counted): number {
  const steady = (name: CounterName) => inPhase(rows, phase.steady, name);
  return steady("received") - steady("arrivedLater") + steady("arrivedOfEarlier");
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Deliveries that were due and did not come; null where none was. */
function lostBySubscribers({ due, lost }: SubscriptionsMeasured): number | null {
  return due === 0 ? null : lost;
}

/** What never arrived, where somebody counts what arrives. */
function lostOf(delivered: Counted["delivered"], sent: number): number | null {
  if (delivered === null || delivered === "unknown") return null;
  return delivered.lost ?? Math.max(0, sent - delivered.received);
}

/** Figures of the whole run. */
export function wholeRun(data: WorkloadData): Figures {
  return figuresOf(data, wholeCounted(data));
}

/** Counts of the whole run. Of what a server counts nobody knows which part of its workload it is of. */
export function wholeCounted(data: WorkloadData): Counted {
  const { accumulator, part } = data;
  const { counters, errors, openPeak } = accumulator.total;
  return {
    counters,
    errors,
    openPeak,
    steadySeconds: steadySeconds(data),
    delivered: data.delivered === null || part === null ? data.delivered : "unknown",
    arrived: part === null ? arrivedIn(data.delivered, 0, Number.POSITIVE_INFINITY) : null,
  };
}

/** What the server received in `[first, end)`, seconds of steady state; null where nobody counted that. */
export function arrivedIn(delivered: Delivered | null, first: number, end: number): number | null {
  const arrivals = delivered?.arrivals ?? null;
  return arrivals?.slice(first, end).reduce((sum, amount) => sum + amount, 0) ?? null;
}

/** Length of steady state; null when it was not reached. */
export function steadySeconds({ times: { steadyNs, endNs } }: WorkloadData): number | null {
  return steadyNs === null || endNs === null || endNs <= steadyNs ? null : (endNs - steadyNs) / 1e9;
}

/** Connections open when steady state ended; before that, those open now. */
export function openAtEnd({ accumulator }: WorkloadData): number {
  const noted = accumulator.count("openAtEnd");
  return noted > 0 ? noted : accumulator.total.open;
}

/**
 * Connections that the target has ended and that are not opened again: what was due on them could not be sent.
 * Null where none was, and where they are opened again.
 */
export function endedByTarget(data: WorkloadData): { ended: number; left: number } | null {
  const ended = data.accumulator.count("closedByTarget");
  return ended === 0 || data.workload.reconnect ? null : { ended, left: openAtEnd(data) };
}

function plannedConnections({ plan }: WorkloadData): number {
  return plan.portions.reduce((sum, { connections }) => sum + connections, 0);
}

function errorCount(errors: readonly ErrorCount[], side: Side | null): number {
  return countErrors(errors, (error) => side === null || error.side === side);
}

function opensPerSecond(data: WorkloadData, { counters: rows, steadySeconds }: Counted) {
  if (!patterns[data.workload.pattern].opensUpFront) {
    const opened = inPhase(rows, phase.steady, "opened");
    return steadySeconds === null || steadySeconds <= 0 ? null : opened / steadySeconds;
  }
  const { openNs, connectedNs } = data.times;
  if (openNs === null || connectedNs === null || connectedNs <= openNs) return null;
  return (inPhase(rows, phase.connect, "opened") * 1e9) / (connectedNs - openNs);
}
