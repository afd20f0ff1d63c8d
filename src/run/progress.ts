/** The state of a run while it goes on, reported four times a second; for the terminal. */
import type { Protocol } from "../address/protocol.ts";

export type RunState =
  | "planning"
  | "preflight"
  | "starting servers"
  | "starting agents"
  | "connecting"
  | "warming up"
  | "steady"
  | "draining"
  | "writing";

export interface WorkloadProgress {
  readonly name: string;
  readonly protocol: Protocol;
  readonly pattern: string;
  readonly state: RunState | "waiting" | "done";
  readonly connectionsPlanned: number;
  readonly open: number;
  /** Over the last whole second: replies received; stream: messages sent. */
  readonly ratePerSecond: number;
  /** Messages sent, and replies received, over the last whole second. */
  readonly achievedPerSecond: number;
  readonly receivedPerSecond: number;
  /** Offered rate now (open model), or null. */
  readonly offeredPerSecond: number | null;
  /** Response time of the last whole second, ns; null without samples. */
  readonly p50Ns: number | null;
  readonly p99Ns: number | null;
  readonly maxNs: number | null;
  /** The last whole seconds, oldest first; the last one is that of the figures above. At most 60. */
  readonly recent: readonly RecentSecond[];
  /** Since the start. */
  readonly sent: number;
  readonly received: number;
  readonly errors: number;
}

/** A second of a workload; figures as above. */
export interface RecentSecond {
  readonly ratePerSecond: number;
  readonly p99Ns: number | null;
}

export interface Progress {
  readonly state: RunState;
  /** Since the run's start, ns; 0 until agents are ready. */
  readonly elapsedNs: number;
  /** Until the planned end, ns; null while unknown (connecting, workloads without an end). */
  readonly remainingNs: number | null;
  readonly workloads: readonly WorkloadProgress[];
}
