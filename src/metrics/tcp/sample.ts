import type { SparseCounts } from "../snapshot.ts";
import type { AddedUp } from "./fields.ts";

/** What one look at the TCP connections of a workload found; from the agent that looks. */
export interface TcpSample {
  readonly workload: number;
  /** Monotonic clock; when the look before it began, or its workload did. */
  readonly atNs: number;
  readonly sinceNs: number;
  /** Whether it lies in steady state, and whether the time since the look before it does. */
  readonly steady: boolean;
  readonly steadySince: boolean;
  /** Connections that were looked at, and whether those are all that there were. */
  readonly connections: number;
  readonly complete: boolean;
  /** Of the connections; those without a round trip so far are in none. */
  readonly rtt: SparseCounts;
  readonly rttVariation: SparseCounts;
  /** 0: none had a round trip so far. */
  readonly minRttNs: number;
  /** Segments, bytes per second and segments, with the precision of times. */
  readonly congestionWindow: SparseCounts;
  readonly deliveryRate: SparseCounts;
  readonly unacked: SparseCounts;
  /** Segments deemed lost, over all connections. */
  readonly lost: number;
  /** By how much they grew since the look before, over all connections; of one not seen before, all of it. */
  readonly added: Readonly<Record<AddedUp, number>>;
  /** Of those connections, how many were limited by the receive window in that time. */
  readonly receiveWindowLimited: number;
  /** CPU time of the look. */
  readonly costNs: number;
}

/** The last that was seen of each connection. */
export interface TcpConnections {
  readonly workload: number;
  /** From `TupleIds`. */
  readonly ids: Float64Array;
  /** A row of `tcpFields` for each. */
  readonly figures: Float64Array;
}
