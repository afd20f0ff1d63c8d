import type { ListenerCounts } from "../../metrics/broadcast/receiver-counts.ts";
import type { SparseCounts } from "../../metrics/snapshot.ts";

/** What the listeners of a broadcast heard, all together. */
export interface AudienceMeasured {
  /** By number; those of a process that died are missing. */
  readonly listeners: readonly ListenerMeasured[];
  /** Distinct datagrams that anyone heard. */
  readonly datagrams: number;
  /** Between a datagram's first listener and its last, of steady state, where two heard it. */
  readonly spread: SparseCounts;
  /** Parts of what was heard that came too late to be put together: the spread is then not exact. */
  readonly lateRows: number;
}

/** What one listener counted, and what it was to get. */
export interface ListenerMeasured extends ListenerCounts {
  /** The number of its process. */
  readonly process: number;
  readonly comesAndGoes: boolean;
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
