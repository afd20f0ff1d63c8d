import { type Framer, incomplete, malformed } from "./framer.ts";
import type { Framing } from "./framing.ts";
import type { EchoSpec } from "./specs.ts";

/** The reply is as long as the message that was sent. */
export const echoFraming: Framing<EchoSpec, never> = {
  form: "echo",
  example: "echo (as long as the message)",
  alone: { kind: "echo" },
  inMap: null,
  create: (_spec, slots, { requestLength }) => createEchoFramer(slots, requestLength),
};

/**
 * Replies as long as the messages they answer.
 *
 * @param lengthOf length in bytes of the slot's oldest message without a complete reply, called once
 *                 when the reply's first byte arrives; 0 where there is none: then the bytes belong to
 *                 no request, and the stream is malformed
 */
export function createEchoFramer(slots: number, lengthOf: (slot: number) => number): Framer {
  /** Uint32, per slot: bytes that the reply coming in still lacks; 0 between replies. */
  const missing = new Uint32Array(slots);
  return {
    scan(slot, _bytes, start, end) {
      if (end === start) return incomplete;
      const length = (missing[slot] as number) || lengthOf(slot);
      if (!(length > 0)) return malformed;
      if (end - start < length) {
        missing[slot] = length - (end - start);
        return incomplete;
      }
      missing[slot] = 0;
      return start + length;
    },
    reset(slot) {
      missing[slot] = 0;
    },
  };
}
