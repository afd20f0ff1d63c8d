/** A run at a moment while it goes on. */
import type { IoKind } from "../base/io-kind.ts";
import type { RunState } from "../run/progress.ts";

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
  readonly state: RunState | "waiting" | "done";
  readonly connectionsPlanned: number;
  readonly open: number;
  /** Since the start. */
  readonly sent: number;
  readonly received: number;
  readonly errors: number;
  /** Null in a closed model. */
  readonly offeredPerSecond: number | null;
  readonly achievedPerSecond: number;
  readonly receivedPerSecond: number;
  /** Response time, ns; null without samples. */
  readonly p50Ns: number | null;
  readonly p99Ns: number | null;
  readonly maxNs: number | null;
}
