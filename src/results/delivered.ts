import type { SparseCounts } from "../metrics/snapshot.ts";

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

export interface ListenerMeasured {
  /** Its number, from 0, and that of its process. */
  readonly listener: number;
  readonly process: number;
  readonly comesAndGoes: boolean;
  /** Times that it joined. */
  readonly stays: number;
  /** Datagrams sent while it was there; null for one that was there all the time: all. */
  readonly due: number | null;
  /** Distinct ones. */
  readonly received: number;
  readonly duplicated: number;
  readonly reordered: number;
  readonly bytesReceived: number;
  /** What was not of this workload. */
  readonly foreign: number;
  /** From the intended send time, of steady state. */
  readonly latency: SparseCounts;
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
