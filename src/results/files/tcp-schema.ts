import { z } from "zod";
import { array, atMs, count, histogram, known, object } from "./values.ts";

const distribution = object({ min: known, p50: known, p99: known, max: known });

/** @see tcp-result.ts */
export const tcp = object({
  connections: count,
  sampled: z.boolean(),
  everyMs: count,
  looks: count,
  costNs: count,
  costNsPerConnection: known,
  rtt: histogram,
  rttVariation: histogram,
  minRttNs: known,
  retransmits: known,
  segmentsSent: known,
  busyMs: known,
  receiveWindowLimitedMs: known,
  sendBufferLimitedMs: known,
  congestionWindowSegments: distribution,
  deliveryRateBytesPerSecond: distribution,
  unackedSegments: distribution,
  timeline: array(
    object({
      atMs,
      connections: count,
      rtt: object({ p50: known, p99: known, max: known }),
      congestionWindowSegments: known,
      deliveryRateBytesPerSecond: known,
      unackedSegments: count,
      lostSegments: count,
      retransmits: count,
      segmentsSent: count,
      busyMs: count,
      receiveWindowLimitedMs: count,
      sendBufferLimitedMs: count,
      receiveWindowLimited: count,
    }),
  ),
}).meta({ id: "Tcp" });

export const tcpConnection = object({
  rttNs: known,
  minRttNs: known,
  congestionWindowSegments: count,
  deliveryRateBytesPerSecond: known,
  retransmits: count,
  busyMs: count,
  receiveWindowLimitedMs: count,
  sendBufferLimitedMs: count,
});
