import type { IoKind } from "./io.ts";

/** First versions of Node, by major, whose dgram has `reusePort`. */
const reusePortSince = { 22: 12, 23: 1 } as const;

/**
 * Why sockets of this io cannot have SO_REUSEPORT, one line for the user; null where they can.
 *
 * @param node     version of Node, "20.19.1"
 * @param platform where the kernel spreads flows over such sockets, Node takes the option
 */
export function reusePortObstacle(
  io: IoKind,
  node: string = process.versions.node,
  platform: NodeJS.Platform = process.platform,
): string | null {
  if (io === "uring") return null;
  if (platform !== "linux") return `SO_REUSEPORT spreads no UDP flows on ${platform}; Linux does`;
  const [major = 0, minor = 0] = node.split(".").map(Number);
  const since = major >= 24 ? 0 : (reusePortSince[major as 22 | 23] ?? Number.POSITIVE_INFINITY);
  if (minor >= since) return null;
  return `dgram of Node ${node} has no reusePort; take --io uring, or Node 22.12 or newer`;
}

/** Why sockets of this io cannot tell which address a datagram was sent to (IP_PKTINFO); null where they can. */
export function packetInfoObstacle(io: IoKind): string | null {
  return io === "uring" ? null : "Node's dgram has no IP_PKTINFO";
}

/** Why unconnected sockets of this io cannot hear of ICMP errors (IP_RECVERR); null where they can. */
export function receiveErrorsObstacle(io: IoKind): string | null {
  return io === "uring" ? null : "Node's dgram has no IP_RECVERR; io_uring (--io uring) does";
}
