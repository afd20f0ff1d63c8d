/** What the clients' kernel knows of a workload's TCP connections (`telemetry: tcp`); see docs/telemetry.md. */
import type { Histogram } from "../metrics/histogram.ts";

export interface TcpResult {
  /** Most connections that one look was at. */
  readonly connections: number;
  /** Whether a look left out others: it is at 20,000 at most. */
  readonly sampled: boolean;
  /** Interval between two looks. */
  readonly everyMs: number;
  /** How often somebody looked. */
  readonly looks: number;
  /** CPU time of all looks. */
  readonly costNs: number;
  /** The same for each connection of a look; null: there was none. */
  readonly costNsPerConnection: number | null;
  /** Smoothed round-trip time, of each connection at each look in steady state. */
  readonly rtt: Histogram;
  /** Mean deviation of the round-trip time, of each connection at each look in steady state. */
  readonly rttVariation: Histogram;
  /** Shortest round trip of any connection, in the whole run. */
  readonly minRttNs: number | null;
  /** Segments sent again, SYNs among them, in all phases; null: nobody looked. */
  readonly retransmits: number | null;
  /** Segments sent, with acknowledgements and those sent again, in all phases; null: nobody looked. */
  readonly segmentsSent: number | null;
  /** Time with data that was not acknowledged, in steady state, summed over the connections; null: it was not looked at twice. */
  readonly busyMs: number | null;
  /** Of `busyMs`: the target's receive window kept a connection from sending. */
  readonly receiveWindowLimitedMs: number | null;
  /** Of `busyMs`: the client's send buffer kept a connection from sending. */
  readonly sendBufferLimitedMs: number | null;
  /** Of each connection at each look in steady state. */
  readonly congestionWindowSegments: Distribution;
  /** Of each connection at each look in steady state: the rate at which the target's kernel took data last. */
  readonly deliveryRateBytesPerSecond: Distribution;
  /** Sent and not acknowledged, of each connection at each look in steady state. */
  readonly unackedSegments: Distribution;
  /** One entry a look, at most 1,200: in long runs an entry stands for several. */
  readonly timeline: readonly TcpTimelineEntry[];
}

/** Null without samples. */
export interface Distribution {
  readonly min: number | null;
  /** The median. */
  readonly p50: number | null;
  /** The 99th percentile. */
  readonly p99: number | null;
  readonly max: number | null;
}

export interface TcpTimelineEntry {
  /** Since the run's start. */
  readonly atMs: number;
  /** That it looked at. */
  readonly connections: number;
  /** Smoothed round-trip times of the connections, ns. */
  readonly rtt: {
    readonly p50: number | null;
    readonly p99: number | null;
    readonly max: number | null;
  };
  /** Median over the connections. */
  readonly congestionWindowSegments: number | null;
  /** Median over the connections. */
  readonly deliveryRateBytesPerSecond: number | null;
  /** Sent and not acknowledged, all connections together. */
  readonly unackedSegments: number;
  /** Of these, deemed lost. */
  readonly lostSegments: number;
  /** Segments sent again since the entry before, all connections together. */
  readonly retransmits: number;
  /** Segments sent since then. */
  readonly segmentsSent: number;
  /** Time with data that was not acknowledged since then, summed over the connections. */
  readonly busyMs: number;
  /** Of that: the target's receive window kept a connection from sending. */
  readonly receiveWindowLimitedMs: number;
  /** Of that: the client's send buffer kept a connection from sending. */
  readonly sendBufferLimitedMs: number;
  /** Connections that the receive window kept from sending since the entry before. */
  readonly receiveWindowLimited: number;
}

/** The last that was seen of one connection; times and counts since it was opened. */
export interface TcpConnectionResult {
  /** Smoothed round-trip time; null: there was no round trip. */
  readonly rttNs: number | null;
  /** Its shortest round trip. */
  readonly minRttNs: number | null;
  /** Segments that may be under way at once. */
  readonly congestionWindowSegments: number;
  /** The rate at which the target's kernel took data last; null: not known. */
  readonly deliveryRateBytesPerSecond: number | null;
  /** Segments sent again. */
  readonly retransmits: number;
  /** Time with data that was not acknowledged. */
  readonly busyMs: number;
  /** Of that: the target's receive window kept it from sending. */
  readonly receiveWindowLimitedMs: number;
  /** Of that: the client's send buffer kept it from sending. */
  readonly sendBufferLimitedMs: number;
}
