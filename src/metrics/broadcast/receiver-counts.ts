import type { SparseCounts } from "../snapshot.ts";

/** All counts of a broadcast's receiver. One that joins and leaves counts what was sent while it was a member. */
export interface ReceiverCounts {
  /** Its number in the workload, from 0. */
  readonly receiver: number;
  /** The number of its thread: see `receiverThreads`. */
  readonly thread: number;
  /** How often it joined. */
  readonly memberships: number;
  /** Distinct datagrams, without duplicates. */
  readonly received: number;
  readonly duplicated: number;
  readonly reordered: number;
  readonly bytesReceived: number;
  /** Datagrams that did not belong to this workload. */
  readonly foreign: number;
  /** Measured from the intended send time, of steady state. */
  readonly latency: SparseCounts;
}
