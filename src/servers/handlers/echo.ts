import type { Handler, HandlerContext } from "./handler.ts";

/**
 * Sends back what it receives (RFC 862): TCP chunk by chunk as they were read, UDP datagram by datagram,
 * so that a reply is never longer than its request.
 */
export function createEcho({ replies, tally }: HandlerContext): Handler {
  return {
    received(slot, bytes, start, end, peer, nowNs) {
      tally.received++;
      tally.bytesReceived += end - start;
      replies.reply(slot, peer, bytes, start, end, false, false, nowNs);
    },
    reset() {},
  };
}
