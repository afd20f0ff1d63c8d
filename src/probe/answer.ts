import type { Endpoint } from "../address/flow.ts";

/** A datagram to one destination, sent from its own socket. */
export interface Question {
  /** Address that the socket is bound to; the system chooses the port. */
  readonly sourceAddress: string;
  readonly destination: Endpoint;
  readonly bytes: Uint8Array;
}

/**
 * The outcome of a question:
 *
 *     | outcome     | what was received                                                     |
 *     | ----------- | --------------------------------------------------------------------- |
 *     | answered    | a reply from the address and port that the question went to           |
 *     | wrongSource | a reply from elsewhere: a connected socket would not have seen it     |
 *     | refused     | an ICMP error: nothing listens there                                  |
 *     | silent      | nothing within the timeout                                            |
 *     | failed      | it could not be sent; `code` says why                                 |
 */
export type AnswerOutcome = "answered" | "wrongSource" | "refused" | "silent" | "failed";

export interface Answer {
  readonly outcome: AnswerOutcome;
  /** Source of the first reply; null without a reply. */
  readonly from: Endpoint | null;
  /** From the send to the first reply. */
  readonly roundTripNs: number | null;
  /** The first reply. */
  readonly reply: Uint8Array | null;
  /** errno name of a refusal or failure. */
  readonly code: string | null;
  /** All replies, and those from another source than the destination. */
  readonly replies: number;
  readonly wrongReplies: number;
}

/** How a reply compares with its request. */
export type ReplyKind = "echo" | "cut" | "other";

/** @returns "cut" for the start of the request without its end: the server's receive buffer is too small */
export function compareReply(request: Uint8Array, reply: Uint8Array): ReplyKind {
  if (Buffer.compare(request, reply) === 0) return "echo";
  const begin = request.subarray(0, reply.length);
  const isCut = reply.length < request.length && Buffer.compare(begin, reply) === 0;
  // An empty reply is a prefix of any request, and does not indicate an echo.
  return isCut && reply.length > 0 ? "cut" : "other";
}
