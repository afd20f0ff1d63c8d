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
  /** Returns a message's length in bytes, where it follows from its numbers; null: write it to find out. */
  readonly bytesOf: ((connection: number, sequence: number) => number) | null;
  /**
   * Writes a message at `into[at]`.
   *
   * @param sequence   number of the message on its connection, integer >= 0
   * @param connection number of the connection in its workload, integer >= 0
   * @param source     the connection's source address and port as text, for {{source}}
   * @returns          its length in bytes
   */
  write(into: Uint8Array, at: number, sequence: number, connection: number, source: string): number;
  /**
   * As `write`, where this writer wrote the last message at the same place and nobody has changed it since: writes only
   * what differs. Null: there is no quicker way.
   */
  readonly rewrite: MessageWriter["write"] | null;
}

/** Creates a writer whose messages are all the same bytes; it takes ownership of the array. */
export function createConstantMessage(bytes: Uint8Array): MessageWriter {
  return {
    constant: bytes,
    maxBytes: bytes.length,
    fixedBytes: bytes.length,
    stamped: false,
    partlyStamped: false,
    bytesOf: null,
    write(into, at) {
      into.set(bytes, at);
      return bytes.length;
    },
    rewrite: null,
  };
}
