import { histogramOf } from "../../metrics/histogram.ts";
import type { SparseCounts } from "../../metrics/snapshot.ts";
import { mergeCounts } from "../../metrics/sparse-counts.ts";
import type { Audience } from "../../scenario/scenario.ts";
import type { ContrastResult, ListenerResult } from "../result.ts";
import type { AudienceMeasured, Delivered, ListenerMeasured } from "./delivered.ts";

/** What a listener did not get of what was for it; no listener of a contrast is to have anything. */
function lostBy({ due, received }: ListenerMeasured, sent: number): number {
  return Math.max(0, (due ?? sent) - received);
}

/**
 * What all listeners together got, one delivery for each listener and datagram.
 *
 * @param sent datagrams, over all phases
 */
export function deliveredToAll(
  { delivery }: Audience,
  { listeners }: AudienceMeasured,
  sent: number,
): Delivered {
  const total = (of: (listener: ListenerMeasured) => number) =>
    listeners.reduce((sum, listener) => sum + of(listener), 0);
  const received = total((listener) => listener.received);
  return {
    lost:
      delivery === "contrast"
        ? Math.max(0, sent - received)
        : total((listener) => lostBy(listener, sent)),
    received,
    duplicated: total((listener) => listener.duplicated),
    reordered: total((listener) => listener.reordered),
    bytesReceived: total((listener) => listener.bytesReceived),
  };
}

/** Latency of every delivery. */
export function deliveryLatency({ listeners }: AudienceMeasured): SparseCounts {
  return mergeCounts(listeners.map(({ latency }) => latency));
}

export function listenerResults(
  { delivery }: Audience,
  { listeners }: AudienceMeasured,
  sent: number,
): ListenerResult[] {
  return listeners.map((listener) => ({
    listener: listener.listener,
    process: listener.process,
    comesAndGoes: listener.comesAndGoes,
    stays: listener.stays,
    received: listener.received,
    lost: delivery === "contrast" ? null : lostBy(listener, sent),
    duplicated: listener.duplicated,
    reordered: listener.reordered,
    foreign: listener.foreign,
    deliveryLatency: histogramOf(listener.latency),
  }));
}

/** Whether one listener alone got all; null where that is not asked. */
export function contrastOf(
  { delivery }: Audience,
  { listeners }: AudienceMeasured,
  address: string,
  sent: number,
): ContrastResult | null {
  if (delivery !== "contrast") return null;
  const reached = listeners.filter(({ received }) => received > 0);
  const allByOne = reached.length === 1 && reached[0]?.received === sent;
  return { address, listenersReached: reached.length, verdict: allByOne ? "pass" : "fail" };
}
