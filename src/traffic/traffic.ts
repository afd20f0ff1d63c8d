/**
 * One worker's part of one workload: what a traffic pattern offers the worker's loop.
 *
 *     | state    | left by                                   | next     |
 *     | -------- | ----------------------------------------- | -------- |
 *     | waiting  | open(): connections are opened, paced     | opening  |
 *     | opening  | every attempt has succeeded or failed     | settled  |
 *     | settled  | begin(): warm-up, then steady state       | running  |
 *     | running  | the schedule's end, or endAt()            | draining |
 *     | draining | replies are in or their time is up        | closing  |
 *     | closing  | every socket is closed                    | done     |
 */
import type { FlowSpace } from "../address/flow-space.ts";
import type { Io } from "../io/io.ts";
import type { TlsClientEnd } from "../io/tls/ends.ts";
import type { DataSets } from "../messages/data/data-set.ts";
import type { SubscriptionReport } from "../metrics/broadcast/membership-rows.ts";
import type { Recorder } from "../metrics/recorder.ts";
import type { Portion } from "../plan/plan-types.ts";
import type { Workload } from "../scenario/scenario.ts";
import type { RestartClock } from "../schedule/restart-times.ts";
import type { WireTimes } from "./replies/wire-times.ts";

export interface Traffic {
  /** Begins to open connections; those of the connect phase are all settled when `settled` turns true. */
  open(nowNs: number): void;
  readonly settled: boolean;
  /** Sets the time at which warm-up begins; may lie a little in the future. */
  begin(beginNs: number): void;
  /** Ends early: no exchange with an intended time at or after `endNs` is begun. */
  endAt(endNs: number): void;
  /**
   * Does what is due. Called every 10 ms or so in any case: time-outs, which are not urgent, are
   * looked for then.
   *
   * @returns when something is due to the moment, monotonic ns; Infinity when nothing is
   */
  start(nowNs: number): number;
  /** Intended time of the earliest arrival that has not left, monotonic ns; Infinity: none is left, or has a time. */
  readonly nextIntendedNs: number;
  /** Exchanges that wait for a reply. */
  readonly inFlight: number;
  readonly done: boolean;
  /** Steady state's begin and end as they came out, monotonic ns; known when `done`. */
  readonly steadyNs: number;
  readonly endNs: number;
  /** Of pattern subscribe: what has been received; known when `done`. */
  readonly subscriptions?: SubscriptionReport;
}

/** A workload whose messages are received by others. */
export interface Publisher {
  /** In the plan. */
  readonly index: number;
  readonly connections: number;
}

/** What a pattern needs to know and to use. */
export interface TrafficContext {
  readonly workload: Workload;
  /** Index of the workload in the plan: it stands in stamps. */
  readonly index: number;
  readonly portion: Portion;
  readonly space: FlowSpace;
  readonly seed: number;
  /** Of the run, in stamps. */
  readonly tag: number;
  /** What messages take rows from; left out: nothing. */
  readonly data?: DataSets;
  readonly io: Io;
  /** How the connections are encrypted; left out: they are not. */
  readonly tls?: TlsClientEnd;
  readonly recorder: Recorder;
  /** The monotonic clock, ns. */
  readonly now: () => number;
  /** Whether this worker has had no CPU time left of late: what it did not send is then its own fault. */
  readonly saturated: () => boolean;
  /** Of pattern subscribe: the workloads that it receives from; left out: none. */
  readonly publishers?: readonly Publisher[];
  /** What notes the kernel's times of exchanges; left out: nothing does. */
  readonly wire?: WireTimes;
  /** When the target is restarted; left out: never. */
  readonly restarts?: RestartClock;
}
