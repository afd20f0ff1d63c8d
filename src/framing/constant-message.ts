import type { MessageWriter } from "./message.ts";

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
