import { findByte } from "../../base/bytes.ts";
import { type Framer, incomplete, malformed } from "./framer.ts";
import { defaultMaxBytes, type Framing, maxSize } from "./framing.ts";
import type { SmtpSpec } from "./specs.ts";

export const smtpFraming: Framing<SmtpSpec, { maxSize?: number | undefined }> = {
  form: "smtp",
  example: "smtp",
  alone: { kind: "smtp", maxBytes: defaultMaxBytes },
  inMap: {
    description:
      'Replies begin with three digits, as those of SMTP and FTP do: one line, "250 OK", or several, of which the first is "250-..." and the last "250 ...".',
    schema: (kit) => kit.map("an smtp framing", { maxSize: maxSize(kit, "Longest reply.") }),
    normalise: ({ maxSize = defaultMaxBytes }) => ({ kind: "smtp", maxBytes: maxSize }),
  },
  create: ({ maxBytes }, slots) => createSmtpFramer(slots, maxBytes),
};

/*
 * Where the next byte stands.
 *
 *     | state                | expects                                      | next                        |
 *     | -------------------- | -------------------------------------------- | --------------------------- |
 *     | first + 0 to 2       | a digit of the code                          | first + 1 to 3              |
 *     | first + 3            | "-", or a space or the line's end            | inLine, inLast              |
 *     | inLine               | anything up to LF                            | further                     |
 *     | further + 0 to 2     | the code's digit; anything else is a text    | further + 1 to 3, inLine    |
 *     | further + 3          | a space or the line's end; else it is a text | inLast, inLine              |
 *     | inLast               | anything up to LF                            | done: first                 |
 */
const first = 0;
const further = 4;
const inLine = 8;
const inLast = 9;

const codeDigits = 3;
const lineFeed = 10;
const carriageReturn = 13;
const space = 32;
const hyphen = 45;
const digit0 = 48;
const digit9 = 57;

/**
 * Replies of SMTP, LMTP and FTP: a code of three digits and a text. Where a hyphen follows the code there are more lines, up to
 * the one with the same code and a space, or nothing, behind it. Lines between need not have a code (FTP). A line ends with
 * CRLF, or LF alone.
 *
 * @param maxBytes length of the longest reply, all of its lines; a longer one is malformed
 * @see            RFC 5321, section 4.2.1; RFC 959, section 4.2
 */
export function createSmtpFramer(slots: number, maxBytes: number): Framer {
  const longest = Math.min(maxBytes, 2 ** 32 - 1);
  const states = new Uint8Array(slots);
  /** Uint8, `codeDigits` a slot: of the reply that is coming in. */
  const codes = new Uint8Array(slots * codeDigits);
  /** Uint32, per slot: bytes taken of it. */
  const taken = new Uint32Array(slots);

  return {
    scan(slot, bytes, start, end) {
      const room = longest - (taken[slot] as number);
      const stop = Math.min(end, start + room);
      let state = states[slot] as number;
      let at = start;
      while (at < stop) {
        if (state >= inLine) {
          at = findByte(bytes, lineFeed, at, stop);
          if (at === stop) break;
          at++;
          if (state === inLast) {
            states[slot] = first;
            taken[slot] = 0;
            return at;
          }
          state = further;
          continue;
        }
        state = stateBehind(state, bytes[at] as number, slot);
        if (state === malformed) return malformed;
        // The end of a line that it ends is still to be read.
        if (bytes[at] !== lineFeed) at++;
      }
      if (stop - start === room) return malformed;
      states[slot] = state;
      taken[slot] = longest - room + (stop - start);
      return incomplete;
    },
    reset(slot) {
      states[slot] = first;
      taken[slot] = 0;
    },
  };

  /** Within a code, and behind it. */
  function stateBehind(state: number, byte: number, slot: number): number {
    const isFirst = state < further;
    const place = isFirst ? state - first : state - further;
    if (place === codeDigits) {
      if (byte === space || byte === carriageReturn || byte === lineFeed) return inLast;
      return isFirst && byte !== hyphen ? malformed : inLine;
    }
    const at = slot * codeDigits + place;
    if (!isFirst) return byte === codes[at] ? state + 1 : inLine;
    if (byte < digit0 || byte > digit9) return malformed;
    codes[at] = byte;
    return state + 1;
  }
}
