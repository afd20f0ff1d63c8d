import type { ReceiverCounts } from "../../metrics/broadcast/receiver-counts.ts";
import type { SparseCounts } from "../../metrics/snapshot.ts";

/** What the receivers of a broadcast heard, all together. */
export interface BroadcastMeasured {
  /** By number; those of a process that died are missing. */
  readonly receivers: readonly ReceiverMeasured[];
  /** Distinct datagrams that anyone heard. */
  readonly datagrams: number;
  /** Between a datagram's first receiver and its last, of steady state, where two heard it. */
  readonly spread: SparseCounts;
  /** Parts of what was heard that came too late to be put together: the spread is then not exact. */
  readonly lateRows: number;
}

/** What one receiver counted, and what it was to get. */
export interface ReceiverMeasured extends ReceiverCounts {
  /** The number of its process. */
  readonly process: number;
  readonly rejoins: boolean;
  /** Datagrams sent while it was there; null for one that was there all the time: all. */
  readonly due: number | null;
}

/** What those counted that a one-way workload sends to. */
export interface Delivered {
  /** What did not arrive of what was sent; null: what was sent less what was received. */
  readonly lost: number | null;
  readonly received: number;
  readonly duplicated: number;
  readonly reordered: number;
  readonly bytesReceived: number;
}
