/** What a workload sends. One writer serves all connections of a worker. */
export interface MessageWriter {
  /** The message, where every one is the same: send this array without a copy. Null for templates. */
  readonly constant: Uint8Array | null;
  /** Length of the longest message in bytes. */
  readonly maxBytes: number;
  /** Length of every message in bytes, or null where it varies. */
  readonly fixedBytes: number | null;
  /** Whether messages begin with a stamp (see stamp.ts): workload, connection and sequence. */
  readonly stamped: boolean;
  /** Whether some messages begin with a stamp and others, too short for it, do not. */
  readonly partlyStamped: boolean;
  /** Length of a message in bytes, where it follows from its numbers; null: it must be written. */
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
}

/** Every message the same bytes, which become the writer's own. */
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
  };
}
