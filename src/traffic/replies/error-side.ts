import { unexpectedReply } from "../../framing/reply-check.ts";
import { refusesClient } from "../../io/tls/errors.ts";
import {
  connectTimeOutCode,
  type Side,
  timeOutCode,
  tlsTimeOutCode,
} from "../../metrics/snapshot.ts";

/** What only the sending side runs out of, or was told wrongly; everything else is the target's. */
const generatorCodes = new Set([
  "EACCES",
  "EADDRINUSE",
  "EADDRNOTAVAIL",
  "EAFNOSUPPORT",
  "EINVAL",
  "EMFILE",
  "EMSGSIZE",
  "ENFILE",
  "ENOBUFS",
  "ENOMEM",
  "EPERM",
]);

/** Whose failure an error code tells of. */
export function errorSide(code: string): Side {
  return generatorCodes.has(code) || refusesClient(code) ? "generator" : "target";
}

/** Codes of our own, for failures that no system call reports. */
export const failure = {
  /** No reply within `timeout`. */
  timeout: timeOutCode,
  /** No connection within `connectTimeout`. */
  connectTimeout: connectTimeOutCode,
  /** A connection, but no TLS on it within `connectTimeout`. */
  tlsTimeout: tlsTimeOutCode,
  /** The target ended the connection in order while replies were owed. */
  endOfStream: "EOF",
  /** The target ended a connection that was to be held, in order and with nothing owed. */
  closedByTarget: "CLOSED_BY_TARGET",
  /** A reply that `expect` refused. */
  unexpected: unexpectedReply,
  /** A reply that is the begin of its message: the target received it into too small a buffer. */
  truncated: "TRUNCATED",
  /** Bytes that break the framing. */
  malformed: "MALFORMED",
  /** Received although no request was waiting for it. */
  unsolicited: "UNSOLICITED",
  /** A protocol refused it, without a code. */
  refusedByProtocol: "PROTOCOL_ERROR",
  /** In flight on a connection that was given up, as another exchange on it had timed out or its stream had broken. */
  abandoned: "ABANDONED",
} as const;
