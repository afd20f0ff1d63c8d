import { UserError } from "../../base/errors.ts";
import { type Framer, incomplete, malformed } from "./framer.ts";
import { defaultMaxBytes, type Framing, maxSize, type SchemaKit } from "./framing.ts";
import type { LengthPrefixSpec } from "./specs.ts";

type LengthPrefixValue = ReturnType<ReturnType<typeof schema>["parse"]>;

export const lengthPrefixFraming: Framing<LengthPrefixSpec, LengthPrefixValue> = {
  form: "{ lengthPrefix: ... }",
  example: "{ lengthPrefix: { bytes: 4 } }",
  alone: null,
  inMap: {
    description: "A reply contains its length as a number.",
    schema,
    normalise(value) {
      const { bytes, byteOrder = "big", offset = 0, includesHeader = false, trailing = 0 } = value;
      const maxBytes = value.maxSize ?? defaultMaxBytes;
      if (offset + bytes > maxBytes) {
        throw new UserError(
          `maxSize ${maxBytes} ends before the length field does, at ${offset + bytes}`,
        );
      }
      const spec = { bytes, byteOrder, offset, includesHeader, maxBytes };
      return { kind: "lengthPrefix", ...spec, ...(trailing === 0 ? {} : { trailing }) };
    },
  },
  create: (spec, slots) => createLengthPrefixFramer(slots, spec),
};

function schema(kit: SchemaKit) {
  const { z, map, count } = kit;
  return map("a lengthPrefix", {
    bytes: z
      .union([z.literal(1), z.literal(2), z.literal(4), z.literal(8)], {
        error: "expected 1, 2, 4 or 8",
      })
      .describe("Width of the length field in bytes: 1, 2, 4 or 8."),
    byteOrder: z.enum(["big", "little"]).optional().meta({
      description: "Byte order of the length field.",
      byDefault: "big (network order)",
    }),
    offset: count(0, 65_535)
      .optional()
      .meta({ description: "Bytes of the reply before the length field.", byDefault: "0" }),
    includesHeader: z
      .boolean()
      .optional()
      .meta({
        description:
          "true: the length counts the whole reply, including the length field and what is before it; false: " +
          "it counts what follows the field.",
        byDefault: "false",
      }),
    trailing: count(0, 65_535).optional().meta({
      description: "Bytes behind those that the length counts, such as AMQP's frame end, 1.",
      byDefault: "0",
    }),
    maxSize: maxSize(kit, "Longest reply; a longer one is a protocol error."),
  });
}

/**
 * Messages that contain their length:
 *
 *     | offset        | size    | content                                             |
 *     | ------------- | ------- | --------------------------------------------------- |
 *     | 0             | offset  | anything                                            |
 *     | offset        | bytes   | length, unsigned, big or little endian              |
 *     | offset + bytes| length  | the rest; with includesHeader: length less what was |
 *     | ...           | trailing| what the length does not count                      |
 *
 * A length over maxBytes, or one that includes the header and is shorter than it, is malformed.
 */
export function createLengthPrefixFramer(
  slots: number,
  spec: Omit<LengthPrefixSpec, "kind">,
): Framer {
  const { offset, includesHeader, trailing = 0 } = spec;
  const header = offset + spec.bytes;
  const longest = Math.min(spec.maxBytes, 2 ** 32 - 1);
  // Float64, per byte of the field: its weight. Sums over 2^53 are inexact, but are over `longest` anyway.
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
        const total = (includesHeader ? value : header + value) + trailing;
        if (total < header + trailing || total > longest) return malformed;
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
