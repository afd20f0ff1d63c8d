import type { ReceiverCounts } from "../../metrics/broadcast/receiver-counts.ts";
import type { SparseCounts } from "../../metrics/snapshot.ts";

/** What the receivers of a broadcast received, all together. */
export interface BroadcastMeasured {
  /** By number; those of a process that exited are missing. */
  readonly receivers: readonly ReceiverMeasured[];
  /** Distinct datagrams that reached at least one receiver. */
  readonly datagrams: number;
  /** Between a datagram's first receiver and its last, of steady state, where two received it. */
  readonly spread: SparseCounts;
  /** Of `spread`: what was disturbed, and the same less what that can have cost each at most. */
  readonly disturbedSpread: SparseCounts;
  readonly creditedSpread: SparseCounts;
  /** Parts of the receivers' reports that came too late to be combined: the spread is then not exact. */
  readonly lateRows: number;
  /** As `Delivered.arrivals`, over all receivers. */
  readonly arrivals: readonly number[] | null;
}

/** What one receiver counted, and what it should have received. */
export interface ReceiverMeasured extends ReceiverCounts {
  /** The number of its process. */
  readonly process: number;
  readonly rejoins: boolean;
  /** Datagrams sent while it was a member; null for one that always was: all. */
  readonly due: number | null;
}

/** Counts of a one-way workload's server or receivers. */
export interface Delivered {
  /** What was sent and did not arrive; null: what was sent less what was received. */
  readonly lost: number | null;
  readonly received: number;
  readonly duplicated: number;
  readonly reordered: number;
  readonly bytesReceived: number;
  /** Of `received`, what arrived in steady state, by its second; null where that is not known. */
  readonly arrivals: readonly number[] | null;
}
