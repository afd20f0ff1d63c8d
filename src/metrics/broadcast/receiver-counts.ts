import type { SparseCounts } from "../snapshot.ts";

/** All that a receiver of a broadcast counted. One that comes and goes counts what was sent while it was there. */
export interface ReceiverCounts {
  /** Its number in the workload, from 0. */
  readonly receiver: number;
  /** Times that it joined. */
  readonly memberships: number;
  /** Distinct datagrams: duplicates are not in it. */
  readonly received: number;
  readonly duplicated: number;
  readonly reordered: number;
  readonly bytesReceived: number;
  /** What was not of this workload. */
  readonly foreign: number;
  /** From the intended send time, of steady state. */
  readonly latency: SparseCounts;
}
