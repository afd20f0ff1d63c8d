import type { Endpoint } from "../address/flow.ts";
import type { UdpMode } from "./scenario.ts";

/** A socket that a UDP server binds, and the indexes of the listen endpoints that it serves. */
export interface UdpSocket {
  readonly endpoint: Endpoint;
  readonly listens: readonly number[];
}

/**
 * The sockets to bind: one for each endpoint, or one for all of a family and port, bound to any address.
 * Endpoints with port 0 count as having the same port.
 */
export function udpSockets(mode: UdpMode, listen: readonly Endpoint[]): readonly UdpSocket[] {
  if (!bindsWildcard(mode)) {
    return listen.map((endpoint, place) => ({ endpoint, listens: [place] }));
  }
  const places = new Map<string, { endpoint: Endpoint; listens: number[] }>();
  for (const [place, { address, port }] of listen.entries()) {
    const any = address.includes(":") ? "::" : "0.0.0.0";
    const socket = places.get(`${any} ${port}`);
    if (socket !== undefined) socket.listens.push(place);
    else places.set(`${any} ${port}`, { endpoint: { address: any, port }, listens: [place] });
  }
  return [...places.values()];
}

/** Whether the server's sockets are bound to any address, whatever is listed. */
export function bindsWildcard(mode: UdpMode): boolean {
  return mode === "wildcard" || mode === "wildcard-pktinfo";
}
