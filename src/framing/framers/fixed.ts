import { assert } from "../../base/assert.ts";
import { type Framer, incomplete } from "./framer.ts";
import { type Framing, largestReply } from "./framing.ts";
import type { FixedSpec } from "./specs.ts";

export const fixedFraming: Framing<FixedSpec, number> = {
  form: "{ fixed: 64 }",
  example: "{ fixed: 64 }",
  alone: null,
  inMap: {
    description: "Every reply has that size.",
    schema: ({ size }) => size(1, largestReply),
    normalise: (bytes) => ({ kind: "fixed", bytes }),
  },
  create: ({ bytes }, slots) => createFixedFramer(slots, bytes),
};

/**
 * Messages of one length.
 *
 * @param bytes length of a message, integer, 1 to 2^32 - 1
 */
export function createFixedFramer(slots: number, bytes: number): Framer {
  assert(Number.isInteger(bytes) && bytes >= 1 && bytes < 2 ** 32, "fixed: 1 byte or more");
  /** Uint32, per slot: bytes taken of the message that is coming in. */
  const taken = new Uint32Array(slots);
  return {
    scan(slot, _bytes, start, end) {
      const missing = bytes - (taken[slot] as number);
      if (end - start < missing) {
        taken[slot] = bytes - missing + (end - start);
        return incomplete;
      }
      taken[slot] = 0;
      return start + missing;
    },
    reset(slot) {
      taken[slot] = 0;
    },
  };
}
