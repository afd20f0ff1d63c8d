import type { Endpoint } from "../address/flow.ts";
import type { Peer, TransportEvents } from "./io.ts";

/**
 * Reports the datagram `[start, end)` of `bytes`: as `received` where the flow's destination sent it, else with
 * its sender.
 *
 * @param destination the flow's; null for a server's socket, which has none
 */
export function deliverDatagram(
  events: TransportEvents,
  slot: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  destination: Endpoint | null,
  peer: Peer,
  nowNs: number,
): void {
  if (destination !== null && isSame(destination, peer)) {
    events.received(slot, bytes, start, end, nowNs);
  } else {
    events.receivedFrom(slot, bytes, start, end, peer, nowNs);
  }
}

/** Over io_uring it is usually the same object; a peer that was forgotten meanwhile is a new one. */
function isSame(one: Endpoint, other: Endpoint): boolean {
  return one === other || (one.port === other.port && one.address === other.address);
}
