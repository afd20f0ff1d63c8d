/** A run at a moment while it goes on. */
import type { IoKind } from "../base/io-kind.ts";
import type { RunState } from "../run/progress.ts";

/** A run at a moment while it goes on. */
export interface Snapshot<Workload extends string = string, Server extends string = string> {
  /** Of the run that goes on, or of the workload furthest from its end. */
  readonly state: RunState;
  /** Since the run's start; 0 until the agents are ready. */
  readonly elapsedMs: number;
  /** Until the planned end; null while it is not known. */
  readonly remainingMs: number | null;
  /** Null until it is chosen. */
  readonly io: IoKind | null;
  /** Empty until the agents are ready. */
  readonly workloads: { readonly [Name in Workload]?: WorkloadSnapshot };
  /** Of those whose processes are known, the latest sample, at most a second old. */
  readonly servers: {
    readonly [Name in Server]?: { readonly cpuSeconds: number; readonly rssBytes: number | null };
  };
}

/** A workload at a moment; rates and times are of the last whole second. */
export interface WorkloadSnapshot {
  /** `waiting`: its start time has not come. */
  readonly state: RunState | "waiting" | "done";
  /** Connections (UDP: flows) that the plan has. */
  readonly connectionsPlanned: number;
  /** Connections that are open. */
  readonly open: number;
  /** Messages sent since the start. */
  readonly sent: number;
  /** Replies, or messages that arrived, since the start. */
  readonly received: number;
  /** Since the start, of all codes. */
  readonly errors: number;
  /** Exchanges that were due; null in a closed model. */
  readonly offeredPerSecond: number | null;
  /** Exchanges that were sent. */
  readonly achievedPerSecond: number;
  /** Replies, or messages that arrived. */
  readonly receivedPerSecond: number;
  /** Response time, ns; null without samples. */
  readonly p50Ns: number | null;
  /** Response time, ns; null without samples. */
  readonly p99Ns: number | null;
  /** Response time, ns; null without samples. */
  readonly maxNs: number | null;
}
