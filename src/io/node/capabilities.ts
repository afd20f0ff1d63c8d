import type { Capabilities } from "../backend.ts";

/** First versions of Node, by major, whose dgram has `reusePort`. */
const reusePortSince = { 22: 12, 23: 1 } as const;

export const nodeCapabilities: Capabilities = {
  sharesListeners: true,
  // Node accepts the option where the kernel spreads flows over such sockets.
  reusePortObstacle(node = process.versions.node, platform = process.platform) {
    if (platform !== "linux")
      return `SO_REUSEPORT does not spread UDP flows on ${platform}; it does on Linux`;
    const [major = 0, minor = 0] = node.split(".").map(Number);
    const since = major >= 24 ? 0 : (reusePortSince[major as 22 | 23] ?? Number.POSITIVE_INFINITY);
    if (minor >= since) return null;
    return `dgram of Node ${node} has no reusePort; use --io uring, or Node 22.12 or newer`;
  },
  packetInfoObstacle: "Node's dgram has no IP_PKTINFO",
  receiveErrorsObstacle: "Node's dgram has no IP_RECVERR; io_uring (--io uring) has",
  receiveBufferObstacle: "Node's net has no SO_RCVBUF",
  kernelTimesObstacle:
    "Node's sockets do not say when the kernel received something (SO_TIMESTAMPNS); those of io_uring (--io uring) do",
};
