/**
 * What a worker measured in one interval for one workload.
 *
 * A worker keeps only the current interval: four times a second it hands over its counts and starts
 * again from zero. If a worker exits, only the last quarter of a second is missing, and the result is
 * the sum of all that was handed over.
 */

import type { OpenFailures } from "./open-failures.ts";
import type { WrongReply } from "./wrong-replies.ts";

/** The phases of a workload; index into `Snapshot.counters`. */
export const phases = ["connect", "warmUp", "steady", "drain"] as const;
export type PhaseName = (typeof phases)[number];
export type Phase = 0 | 1 | 2 | 3;
export const phase = { connect: 0, warmUp: 1, steady: 2, drain: 3 } as const;

/**
 * What something is counted under: its phase and its second, packed into one integer, `second << 2 | phase`.
 *
 * Seconds count from the beginning of steady state, so that each of them but the last lies in one phase where warm-up
 * takes whole seconds; those of warm-up are negative. A `Phase` alone is a moment of second 0.
 */
export type Moment = number;

/** The second of what happens before the beginning of steady state is known. */
export const noSecond = -(2 ** 26);

/** @param second integer, `noSecond` to 2^26 */
export function momentOf(at: Phase, second: number): Moment {
  return (second << 2) | at;
}

export function phaseAt(moment: Moment): Phase {
  return (moment & 3) as Phase;
}

export function secondAt(moment: Moment): number {
  return moment >> 2;
}

/**
 * Counters, each kept per phase. An exchange and its outcome belong to the phase of its intended send
 * time, so that received + timedOut + exchangesFailed = sent holds per phase. Bytes belong to the phase of their
 * exchange as well.
 */
export const counters = [
  /** Arrivals whose intended time has passed (open model) or exchanges started (closed model). */
  "offered",
  "sent",
  "received",
  "timedOut",
  /** Replies that arrived after their exchange had timed out. */
  "late",
  "duplicated",
  "reordered",
  /** Replies that `expect` or the framing rejected. */
  "corrupted",
  /** UDP, unconnected: datagrams whose source is not the destination that the request went to. */
  "wrongSource",
  /** Exchanges that ended neither with a reply nor with a time-out: their connection failed, or their reply was malformed. */
  "exchangesFailed",
  /** Of `exchangesFailed`: those whose connection slash8 ended itself. */
  "exchangesAbandoned",
  /** What came that nobody had requested: before the first request, or left over after a reply. */
  "unsolicited",
  /** Messages of the peer that are no replies: what was subscribed to, and what is to be ignored. */
  "pushed",
  "ignored",
  /** Answers to them, which are no exchanges. */
  "answersSent",
  /** What a protocol has sent to keep connections alive. */
  "keepAlivesSent",
  /**
   * Replies that arrived in another phase or second than their exchange's; and the same again where they arrived. What
   * arrived in a second is `received` - `arrivedLater` + `arrivedOfEarlier` of it.
   */
  "arrivedLater",
  "arrivedOfEarlier",
  /** Arrivals never sent because every connection was waiting for the target, or had been closed by it. */
  "unsent",
  "bytesSent",
  "bytesReceived",
  "opened",
  /** TLS: of `opened`, those that resumed a session. */
  "tlsResumed",
  /** Connection attempts that failed. */
  "failed",
  /** Of these: connections that were established, of which one of the opening steps failed. */
  "openFailed",
  "closedByTarget",
  /** Source ports that were passed over as somebody else had taken them meanwhile. */
  "portsTaken",
  /** Connections that were closed and opened again from another port, by cause. */
  "reopenedTimeout",
  "reopenedMalformed",
  "reopenedUnsolicited",
  "reopenedUnexpected",
  "reopenedClosedByTarget",
  /** Connections open when steady state ended, before any of them was closed because of that. */
  "openAtEnd",
  /**
   * Flows that existed when a restart of their server was announced, and that the target has ended since
   * (TCP) or refused a datagram on (UDP; once per flow and restart).
   */
  "resetByRestart",
  /** UDP: flows that received ECONNREFUSED (ICMP: nothing listens on the port), each once. */
  "refused",
  /** UDP, rotating: flows that took a fresh source port. */
  "rotated",
  /** Of `corrupted`: replies that are a proper prefix of the message, though all of it was expected. */
  "truncated",
  /** UDP: sent datagrams that exceed the interface's MTU, and the fragments that they make. */
  "fragmented",
  "fragments",
] as const;
export type CounterName = (typeof counters)[number];

/** Index of a counter within its phase's row. */
export const counter = Object.fromEntries(counters.map((name, index) => [name, index])) as {
  readonly [Name in CounterName]: number;
};

/** Histograms kept by a recorder, all in ns. */
export const timings = [
  "responseTime",
  "serviceTime",
  "connectTime",
  "sendLag",
  /** The part of a send lag that was spent waiting for a free connection, and what is left of it: ours. */
  "connectionWait",
  "generatorLag",
  /** From the attempt to connect to the last of the opening steps. */
  "openTime",
  /** TLS: the handshake, from the TCP connection on. */
  "tlsTime",
  /** Of a session that had all of its exchanges: from its intended time to the last reply. */
  "sessionTime",
  /** From when the kernel was given a message to when it had received the last of the reply. */
  "wireTime",
] as const;
export type TimingName = (typeof timings)[number];
export const timing = {
  responseTime: 0,
  serviceTime: 1,
  connectTime: 2,
  sendLag: 3,
  connectionWait: 4,
  generatorLag: 5,
  openTime: 6,
  tlsTime: 7,
  sessionTime: 8,
  wireTime: 9,
} as const;
export type Timing = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

export type Side = "target" | "generator";

/** `ErrorCount.code` of an exchange without a reply in time. */
export const timeOutCode = "TIMEOUT";

/**
 * `ErrorCount.code` of an exchange of several messages that went wrong in one of them.
 *
 * @param step  its name, or its number from 1
 * @param cause what would be the code of an exchange of one
 */
export function stepCode(step: string, cause: string): string {
  return `STEP_${step}_${cause}`;
}

/** Whether an exchange with this error had no reply in time. */
export function isTimeOut(code: string): boolean {
  return code === timeOutCode || /^STEP_.+_TIMEOUT$/.test(code);
}

/** That of one in flight on a connection that was given up, as another exchange on it had timed out. */
export const abandonedCode = "ABANDONED";

/** `ErrorCount.code` of an attempt to connect that took longer than `connectTimeout`, or than the kernel tries. */
export const connectTimeOutCode = "ETIMEDOUT";

/** That of one whose connection was established, but not TLS on it. */
export const tlsTimeOutCode = "TLS_HANDSHAKE_TIMEOUT";

export function isConnectTimeOut(code: string): boolean {
  return code === connectTimeOutCode || code === tlsTimeOutCode;
}

export interface ErrorCount {
  readonly code: string;
  readonly side: Side;
  readonly phase: PhaseName;
  readonly count: number;
}

/**
 * The non-empty buckets of a histogram: bucket `indexes[i]` (Uint32, ascending, see buckets.ts) has
 * `counts[i]` samples (Float64, integers). `min`, `max` and `sum` are exact, ns; min is Infinity and
 * max 0 where count is 0. `sumOfSquares` is for the standard deviation.
 */
export interface SparseCounts {
  readonly indexes: Uint32Array;
  readonly counts: Float64Array;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  readonly sumOfSquares: number;
}

/** Replies received with one HTTP status, of messages of one phase. */
export interface StatusCount {
  readonly status: number;
  readonly phase: PhaseName;
  readonly count: number;
}

/** UDP: datagrams whose source address or port is not the destination of their exchange. */
export interface WrongSource {
  readonly destinationAddress: string;
  readonly destinationPort: number;
  readonly fromAddress: string;
  readonly fromPort: number;
  readonly count: number;
}

/** The parts of a response time, ns: they follow each other. */
export interface ExchangeParts {
  /** From the intended send time to the actual one. */
  readonly lagNs: number;
  /** On to when the kernel was given the message; null, as the others: nobody asked the kernel. */
  readonly queuedNs: number | null;
  /** On to when the kernel had received the reply. */
  readonly wireNs: number | null;
  /** On to when this machine had woken the client, where the response time ends. */
  readonly wakeNs: number | null;
}

/** Sums of these parts by the response time: rows that are not empty, ascending, ns and counts; see anatomy.ts. */
export interface AnatomySums {
  readonly rows: Uint32Array;
  readonly sums: Float64Array;
}

/** The times of one exchange. */
export interface ExchangeTimes extends ExchangeParts {
  /** Intended send time, monotonic clock, ns. */
  readonly intendedNs: number;
  /** From when the client was woken, where the response time ends, to when it was handed the reply. */
  readonly handOutNs: number;
}

/** A client by its 4-tuple's index in the flow space, and its longest response time in steady state. */
export interface SlowClient {
  readonly client: number;
  readonly worstNs: number;
  /** Of the exchange that took so long. */
  readonly times: ExchangeTimes;
}

/** A client that had errors, in any phase: how many, and the code of the first. */
export interface FailingClient {
  readonly client: number;
  readonly failures: number;
  readonly code: string;
}

/** Exchanges of steady state that a pause of their worker disturbed; see disturbance.ts. */
export interface DisturbedSamples {
  /** A part of the histograms of the same names. */
  readonly responseTime: SparseCounts;
  readonly serviceTime: SparseCounts;
  /** Of these samples, those that are time-outs. */
  readonly timedOut: number;
}

/** Counts that add up. */
export interface Tally {
  /** counters.length per phase, phases.length rows: [phase * counters.length + counter]. */
  readonly counters: Float64Array;
  readonly errors: readonly ErrorCount[];
  /** Of replies that have a status: `received` by status, ascending. */
  readonly statuses: readonly StatusCount[];
  /** By Timing: samples of steady state, which gates use. connectTime, tlsTime and openTime: of every phase. */
  readonly steady: readonly SparseCounts[];
  /** By Timing: samples of the other phases, for the timeline and the warm-up's own figures. */
  readonly outside: readonly SparseCounts[];
  /** Present where something was disturbed, and for one interval of one worker only: see undisturbed.ts. */
  readonly disturbed?: DisturbedSamples;
}

/** The part of a tally that belongs to one second. */
export interface SecondTally extends Tally {
  /** Counted from the beginning of steady state; null: before that was known. See `Moment`. */
  readonly second: number | null;
}

export interface Snapshot extends Tally {
  /** Index of the workload in the plan. */
  readonly workload: number;
  /** Index of the worker, 0 to workers - 1, over all agents. */
  readonly worker: number;
  /** The interval, monotonic clock, ns. */
  readonly fromNs: number;
  readonly toNs: number;
  /** Open connections at `toNs`, and the most at once within the interval. */
  readonly open: number;
  readonly openPeak: number;
  /**
   * The same counts by the second that they belong to, not by when they were counted: a reply counts in the second
   * that its request was due in. Together they are all of the above.
   */
  readonly seconds: readonly SecondTally[];
  /** The first pairs that occurred, up to a limit; `wrongSource` counts all. */
  readonly wrongSources: readonly WrongSource[];
  readonly openFailures: OpenFailures;
  /** The first reply of each error code that says that it is wrong, up to a limit. */
  readonly wrongReplies: readonly WrongReply[];
  /** The slowest clients, and those with errors; at most `mostClients` each, see clients.ts. */
  readonly slowest: readonly SlowClient[];
  readonly failing: readonly FailingClient[];
  /** What the response times of steady state consist of. */
  readonly anatomy: AnatomySums;
  /**
   * 1 for every millisecond of this interval in which something was received, from
   * `floor(fromNs / 1e6)` on; shorter where nothing was received to the end. Present where the server is
   * restarted, and for one interval of one worker only: sums do not have it (see restart-windows.ts).
   */
  readonly receiveTimes?: Uint8Array;
  /** Present where its worker paused or was saturated, and for one interval of one worker only. */
  readonly disturbance?: {
    /** For how much of the interval the worker paused or worked off a pause's backlog. */
    readonly ns: number;
    /** Whether the worker was busy for so much of it that it had no time to spare. */
    readonly saturated: boolean;
  };
  /**
   * By index: the same of each part of the workload, without connections, which are the workload's. Present where it has
   * parts, and for one interval of one worker only.
   */
  readonly parts?: readonly Snapshot[];
}

/** Parts of a workload, each of which is counted for itself. */
export interface PartsOfWorkload {
  readonly count: number;
  /** Whether each exchange is of one part, and is counted for that alone: the workload's sum is made of theirs. */
  readonly addUp: boolean;
}

export const noParts: PartsOfWorkload = { count: 0, addUp: false };

/** Returns a counter in one phase; `rows` as `Snapshot.counters`. */
export function inPhase(rows: Float64Array, phase: Phase, name: CounterName): number {
  return rows[phase * counters.length + counter[name]] as number;
}

/** Returns a counter over all phases. */
export function overPhases(rows: Float64Array, name: CounterName): number {
  let sum = 0;
  for (let at = counter[name]; at < rows.length; at += counters.length) sum += rows[at] as number;
  return sum;
}
