import { assert } from "../../base/assert.ts";
import { findByte } from "../../base/bytes.ts";
import { bytesOf } from "../../base/bytes-input.ts";
import { UserError } from "../../base/errors.ts";
import { type Framer, incomplete, malformed } from "./framer.ts";
import { defaultMaxBytes, type Framing, maxSize, type SchemaKit } from "./framing.ts";
import type { DelimiterSpec } from "./specs.ts";

type DelimiterValue = ReturnType<ReturnType<typeof schema>["parse"]>;

export const delimiterFraming: Framing<DelimiterSpec, DelimiterValue> = {
  form: "{ delimiter: ... }",
  example: '{ delimiter: "\\r\\n" }',
  alone: null,
  inMap: {
    description:
      'A reply ends with these bytes: a text such as "\\r\\n", or { text | hex | base64, maxSize }.',
    schema,
    normalise(value, place) {
      const { maxSize = defaultMaxBytes, ...given } =
        typeof value === "string" ? { text: value } : { maxSize: undefined, ...value };
      if (place.soleKey(given, ["text", "hex", "base64"]) === null) return null;
      const bytes = bytesOf(given);
      if (bytes.length === 0) throw new UserError("a delimiter must have at least 1 byte");
      if (bytes.length > maxSize) throw new UserError("the delimiter is longer than maxSize");
      return { kind: "delimiter", base64: bytes.toString("base64"), maxBytes: maxSize };
    },
  },
  create: ({ base64, maxBytes }, slots) =>
    createDelimiterFramer(slots, Buffer.from(base64, "base64"), maxBytes),
};

function schema(kit: SchemaKit) {
  const { z, map, bytesKeys } = kit;
  return z.union(
    [
      z.string(),
      map("a delimiter", {
        ...bytesKeys,
        maxSize: maxSize(kit, "Longest reply, delimiter included."),
      }),
    ],
    { error: 'expected a text such as "\\r\\n", { hex: ... } or { base64: ... }' },
  );
}

/**
 * Messages that end with a delimiter, which is a part of the message.
 *
 * The delimiter may be cut anywhere by the stream and may overlap itself ("aab" ends within "aaab"):
 * the state is how many of its bytes the message's last bytes match.
 *
 * @param delimiter 1 byte or more
 * @param maxBytes  length of the longest message, delimiter included; a longer one is malformed
 * @see             Knuth, Morris and Pratt, "Fast pattern matching in strings"
 */
export function createDelimiterFramer(
  slots: number,
  delimiter: Uint8Array,
  maxBytes: number,
): Framer {
  const size = delimiter.length;
  assert(size > 0, "delimiter: 1 byte or more");
  const first = delimiter[0] as number;
  const longest = Math.min(maxBytes, 2 ** 32 - 1);
  const fallback = fallbacks(delimiter);
  /** Uint32, per slot: bytes of the delimiter that the message's last bytes match; bytes taken. */
  const matched = new Uint32Array(slots);
  const taken = new Uint32Array(slots);

  return {
    scan(slot, bytes, start, end) {
      const room = longest - (taken[slot] as number);
      const stop = Math.min(end, start + room);
      let match = matched[slot] as number;
      let at = start;
      while (at < stop) {
        if (match === 0) {
          at = findByte(bytes, first, at, stop);
          if (at === stop) break;
        }
        const byte = bytes[at++];
        while (match > 0 && byte !== delimiter[match]) match = fallback[match - 1] as number;
        if (byte === delimiter[match]) match++;
        if (match === size) {
          matched[slot] = 0;
          taken[slot] = 0;
          return at;
        }
      }
      if (stop - start === room) return malformed;
      matched[slot] = match;
      taken[slot] = longest - room + (stop - start);
      return incomplete;
    },
    reset(slot) {
      matched[slot] = 0;
      taken[slot] = 0;
    },
  };
}

/** Uint32: by the length of a match less one, the longest shorter match that it ends with. */
function fallbacks(delimiter: Uint8Array): Uint32Array {
  const table = new Uint32Array(delimiter.length);
  let match = 0;
  for (let at = 1; at < delimiter.length; at++) {
    while (match > 0 && delimiter[at] !== delimiter[match]) match = table[match - 1] as number;
    if (delimiter[at] === delimiter[match]) match++;
    table[at] = match;
  }
  return table;
}
