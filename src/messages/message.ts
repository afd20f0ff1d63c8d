import { doubleZero } from "../base/v8-double.ts";

/**
 * Which message of a workload one is: all that its content follows from. Callers keep one of these and fill it in for
 * each message. The same values always give the same bytes, so that a request can be written once more to compare its
 * reply with.
 */
export interface MessageKey {
  /** Index of the connection in its worker, for values that are kept by slot. */
  slot: number;
  /** Number of the connection in its workload, integer >= 0. */
  connection: number;
  /** Number of the message on its connection, integer >= 0. */
  sequence: number;
  /** Number of the message in its workload, over all connections and workers, integer >= 0. */
  number: number;
  /** When it was sent, ns of the monotonic clock. */
  sentNs: number;
  /** When it was to be sent, and the number of that time's phase. */
  intendedNs: number;
  phase: number;
  /** The connection's source address and port as text. */
  source: string;
}

export function emptyKey(): MessageKey {
  return {
    slot: 0,
    connection: 0,
    sequence: 0,
    number: 0,
    sentNs: doubleZero,
    intendedNs: doubleZero,
    phase: 0,
    source: "",
  };
}

/** Writes the messages of a workload. One writer serves all connections of a worker. */
export interface MessageWriter {
  /** The message, if all are the same: send this array without a copy. Null where they differ. */
  readonly constant: Uint8Array | null;
  /** Length of the longest message in bytes. */
  readonly maxBytes: number;
  /** Length of every message in bytes, or null where it varies. */
  readonly fixedBytes: number | null;
  /** Whether messages start with a stamp (see stamp.ts): workload, connection and sequence. */
  readonly stamped: boolean;
  /** Whether some messages start with a stamp and others, which are too short for it, do not. */
  readonly partlyStamped: boolean;
  /** Whether no two messages of a connection are the same. */
  readonly isDistinct: boolean;
  /** What of a key is read beside connection and sequence: the rest need not be filled in. */
  readonly uses: KeyUses;
  /** Returns a message's length in bytes, where it follows from its numbers; null: write it to find out. */
  readonly bytesOf: ((connection: number, sequence: number) => number) | null;
  /**
   * Writes a message at `into[at]`, where there is room for the longest.
   *
   * @returns its length in bytes
   */
  write(into: Uint8Array, at: number, key: MessageKey): number;
  /**
   * As `write`, where this writer wrote the last message at the same place and nobody has changed it since: writes only
   * what differs. Null: there is no quicker way.
   */
  readonly rewrite: MessageWriter["write"] | null;
}

/** Parts of a key that cost something to know. */
export interface KeyUses {
  readonly number: boolean;
  readonly sentNs: boolean;
  readonly source: boolean;
  /** `sentNs`, `intendedNs` and `phase`, for a stamp that says when its message was sent. */
  readonly times: boolean;
}

export const usesNothing: KeyUses = { number: false, sentNs: false, source: false, times: false };

/** Creates a writer whose messages are all the same bytes; it takes ownership of the array. */
export function createConstantMessage(bytes: Uint8Array): MessageWriter {
  return {
    constant: bytes,
    maxBytes: bytes.length,
    fixedBytes: bytes.length,
    stamped: false,
    partlyStamped: false,
    isDistinct: false,
    uses: usesNothing,
    bytesOf: null,
    write(into, at) {
      into.set(bytes, at);
      return bytes.length;
    },
    rewrite: null,
  };
}
