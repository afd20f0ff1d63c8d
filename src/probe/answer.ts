import type { Endpoint } from "../address/flow.ts";

/** A datagram to one destination, from a socket of its own. */
export interface Question {
  /** Where the socket is bound; its port is the system's choice. */
  readonly sourceAddress: string;
  readonly destination: Endpoint;
  readonly bytes: Uint8Array;
}

/**
 * What became of a question:
 *
 *     | outcome     | what came                                                             |
 *     | ----------- | --------------------------------------------------------------------- |
 *     | answered    | a reply from the address and port that were asked                     |
 *     | wrongSource | a reply from elsewhere: a connected socket would not have seen it     |
 *     | refused     | an ICMP error: nothing listens there                                  |
 *     | silent      | nothing within the time-out                                           |
 *     | failed      | it could not be sent; `code` says why                                 |
 */
export type AnswerOutcome = "answered" | "wrongSource" | "refused" | "silent" | "failed";

export interface Answer {
  readonly outcome: AnswerOutcome;
  /** Who replied; null where nobody did. */
  readonly from: Endpoint | null;
  /** From sending to the first reply. */
  readonly roundTripNs: number | null;
  /** The first reply. */
  readonly reply: Uint8Array | null;
  /** errno name of what was refused or failed. */
  readonly code: string | null;
  /** Replies in all, and those of them from elsewhere. */
  readonly replies: number;
  readonly wrongReplies: number;
}

/** How a reply compares with its request. */
export type ReplyKind = "echo" | "cut" | "other";

/** @returns "cut" for the request's begin without its end: the server received into too small a buffer */
export function compareReply(request: Uint8Array, reply: Uint8Array): ReplyKind {
  if (Buffer.compare(request, reply) === 0) return "echo";
  const begin = request.subarray(0, reply.length);
  const isCut = reply.length < request.length && Buffer.compare(begin, reply) === 0;
  // An empty reply is a part of any request, and no sign of an echo.
  return isCut && reply.length > 0 ? "cut" : "other";
}
