import type { Handler, HandlerContext } from "./handler.ts";
import { createHttpReplies } from "./http-replies.ts";
import { findHeadEnd, maxHeadBytes, parseRequestHead, type RequestHead } from "./http-request.ts";

/** Per slot: what is requested by the request whose body is being read. */
const requestFlag = { headOnly: 1, http10: 2, keepAlive: 4 } as const;

/**
 * Minimal HTTP/1.1: every request is answered with 200 and `bodyBytes` of body. Keep-alive, pipelining,
 * HEAD, HTTP/1.0; no chunked requests (411). What is not HTTP gets 400, and the connection is closed.
 */
export function createTcpHttp(context: HandlerContext): Handler {
  const { closePolicy, options, replies, slots, tally } = context;
  const answers = createHttpReplies(options.bodyBytes);
  const head: RequestHead = {
    refusal: 0,
    headOnly: false,
    http10: false,
    keepAlive: true,
    bodyBytes: 0,
  };
  /** By slot: bytes of body still to come. */
  const bodyBytes = new Float64Array(slots);
  const requestFlags = new Uint8Array(slots);
  /** Beginnings of heads that arrived in pieces. */
  const partial = new Map<number, Uint8Array>();

  function answer(slot: number, nowNs: number): void {
    const flags = requestFlags[slot] as number;
    const keepAlive = (flags & requestFlag.keepAlive) !== 0;
    const bytes = answers.ok(
      (flags & requestFlag.headOnly) !== 0,
      (flags & requestFlag.http10) !== 0,
      keepAlive,
    );
    tally.received++;
    replies.reply(slot, null, bytes, 0, bytes.length, true, !keepAlive, nowNs);
  }

  function refuse(slot: number, status: number, nowNs: number): void {
    const bytes = answers.refusal(status);
    tally.received++;
    closePolicy.end(slot);
    replies.reply(slot, null, bytes, 0, bytes.length, true, true, nowNs);
  }

  /** Processes what is at `at`. @returns where to go on, or -1 when more bytes are needed first */
  function step(slot: number, bytes: Uint8Array, at: number, end: number, nowNs: number): number {
    const missing = bodyBytes[slot] as number;
    if (missing > 0) {
      const taken = Math.min(missing, end - at);
      bodyBytes[slot] = missing - taken;
      if (taken === missing) answer(slot, nowNs);
      return at + taken;
    }
    // Empty lines before a request are ignored (RFC 9112, 2.2).
    if (bytes[at] === 0x0d || bytes[at] === 0x0a) return at + 1;
    const headEnd = findHeadEnd(bytes, at, end);
    if ((headEnd < 0 ? end : headEnd) - at > maxHeadBytes) {
      refuse(slot, 431, nowNs);
      return -1;
    }
    if (headEnd < 0) {
      partial.set(slot, Buffer.from(bytes.subarray(at, end)));
      return -1;
    }
    parseRequestHead(bytes, at, headEnd, head);
    if (head.refusal !== 0) {
      refuse(slot, head.refusal, nowNs);
      return -1;
    }
    requestFlags[slot] =
      (head.headOnly ? requestFlag.headOnly : 0) |
      (head.http10 ? requestFlag.http10 : 0) |
      (head.keepAlive ? requestFlag.keepAlive : 0);
    bodyBytes[slot] = head.bodyBytes;
    if (head.bodyBytes === 0) answer(slot, nowNs);
    return headEnd;
  }

  return {
    received(slot, bytes, start, end, _peer, nowNs) {
      tally.bytesReceived += end - start;
      let all = bytes;
      let at = start;
      let allEnd = end;
      const before = partial.get(slot);
      if (before !== undefined) {
        partial.delete(slot);
        all = Buffer.concat([before, bytes.subarray(start, end)]);
        at = 0;
        allEnd = all.length;
      }
      while (at >= 0 && at < allEnd && !closePolicy.ended(slot))
        at = step(slot, all, at, allEnd, nowNs);
    },
    reset(slot) {
      bodyBytes[slot] = 0;
      partial.delete(slot);
    },
  };
}
