import { histogramOf } from "../../metrics/histogram.ts";
import type { SparseCounts } from "../../metrics/snapshot.ts";
import { mergeCounts } from "../../metrics/sparse-counts.ts";
import type { Broadcast } from "../../scenario/scenario.ts";
import type { ContrastResult, ReceiverResult } from "../receiver-result.ts";
import type { BroadcastMeasured, Delivered, ReceiverMeasured } from "./delivered.ts";

/** Datagrams due to a receiver that did not arrive; none for a contrast, where no receiver has any due. */
export function lostByReceiver({ due, received }: ReceiverMeasured, sent: number): number {
  return Math.max(0, (due ?? sent) - received);
}

/**
 * Counts of all receivers together, one delivery for each receiver and datagram.
 *
 * @param sent datagrams, over all phases
 */
export function deliveredToAll(
  { delivery }: Broadcast,
  { receivers, arrivals }: BroadcastMeasured,
  sent: number,
): Delivered {
  const total = (of: (receiver: ReceiverMeasured) => number) =>
    receivers.reduce((sum, receiver) => sum + of(receiver), 0);
  const received = total((receiver) => receiver.received);
  return {
    lost:
      delivery === "contrast"
        ? Math.max(0, sent - received)
        : total((receiver) => lostByReceiver(receiver, sent)),
    received,
    duplicated: total((receiver) => receiver.duplicated),
    reordered: total((receiver) => receiver.reordered),
    bytesReceived: total((receiver) => receiver.bytesReceived),
    arrivals,
  };
}

/** Latency of every delivery. */
export function deliveryLatency({ receivers }: BroadcastMeasured): SparseCounts {
  return mergeCounts(receivers.map(({ latency }) => latency));
}

export function receiverResults(
  { delivery }: Broadcast,
  { receivers }: BroadcastMeasured,
  sent: number,
): ReceiverResult[] {
  return receivers.map((receiver) => ({
    receiver: receiver.receiver,
    process: receiver.process,
    rejoins: receiver.rejoins,
    memberships: receiver.memberships,
    received: receiver.received,
    lost: delivery === "contrast" ? null : lostByReceiver(receiver, sent),
    duplicated: receiver.duplicated,
    reordered: receiver.reordered,
    foreign: receiver.foreign,
    deliveryLatency: histogramOf(receiver.latency),
  }));
}

/** Whether exactly one receiver got everything; null without `contrast`. */
export function contrastOf(
  { delivery }: Broadcast,
  { receivers }: BroadcastMeasured,
  address: string,
  sent: number,
): ContrastResult | null {
  if (delivery !== "contrast") return null;
  const reached = receivers.filter(({ received }) => received > 0);
  const allByOne = reached.length === 1 && reached[0]?.received === sent;
  return { address, receiversReached: reached.length, verdict: allByOne ? "pass" : "fail" };
}
