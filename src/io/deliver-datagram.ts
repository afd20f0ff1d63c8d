import type { Endpoint } from "../address/flow.ts";
import type { Peer, TransportEvents } from "./io.ts";

/**
 * Tells of the datagram `[start, end)` of `bytes`: as its flow's own, where the flow's destination has sent
 * it, else with who has.
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

/** Most often over io_uring it is one object; a peer that was forgotten meanwhile is another. */
function isSame(one: Endpoint, other: Endpoint): boolean {
  return one === other || (one.port === other.port && one.address === other.address);
}
