import type { LengthPrefixSpec } from "../specs.ts";
import { type Framer, incomplete, malformed } from "./framer.ts";

/**
 * Messages that say how long they are:
 *
 *     | offset        | size    | content                                             |
 *     | ------------- | ------- | --------------------------------------------------- |
 *     | 0             | offset  | anything                                            |
 *     | offset        | bytes   | length, unsigned, big or little endian              |
 *     | offset + bytes| length  | the rest; with includesHeader: length less what was |
 *
 * A length over maxBytes, or one that includes the header and is shorter than it, is malformed.
 */
export function createLengthPrefixFramer(slots: number, spec: LengthPrefixSpec): Framer {
  const { offset, includesHeader } = spec;
  const header = offset + spec.bytes;
  const longest = Math.min(spec.maxBytes, 2 ** 32 - 1);
  // Float64, per byte of the field: its weight. Sums over 2^53 are not exact, but over `longest`.
  const weight = Float64Array.from({ length: spec.bytes }, (_, i) =>
    spec.byteOrder === "little" ? 256 ** i : 256 ** (spec.bytes - 1 - i),
  );
  /** Uint32, per slot: bytes taken of the message coming in. */
  const taken = new Uint32Array(slots);
  /** Float64, per slot: within the header the length read so far, after it the message's length. */
  const length = new Float64Array(slots);

  return {
    scan(slot, bytes, start, end) {
      let have = taken[slot] as number;
      let at = start;
      if (have < header) {
        const skipped = Math.min(Math.max(offset - have, 0), end - at);
        have += skipped;
        at += skipped;
        let value = length[slot] as number;
        while (have < header && at < end) {
          value += (bytes[at++] as number) * (weight[have++ - offset] as number);
        }
        if (have < header) {
          taken[slot] = have;
          length[slot] = value;
          return incomplete;
        }
        const total = includesHeader ? value : header + value;
        if (total < header || total > longest) return malformed;
        length[slot] = total;
      }
      const missing = (length[slot] as number) - have;
      if (end - at < missing) {
        taken[slot] = have + (end - at);
        return incomplete;
      }
      taken[slot] = 0;
      length[slot] = 0;
      return at + missing;
    },
    reset(slot) {
      taken[slot] = 0;
      length[slot] = 0;
    },
  };
}
