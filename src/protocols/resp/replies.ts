import { incomplete, malformed } from "../protocol.ts";

const carriageReturn = 13;
const lineFeed = 10;
export const plus = 43; // a line
export const minus = 45; // an error; also the sign of a number
const colon = 58; // a number
const dollar = 36; // bytes, with their length before them
export const star = 42; // an array, with the number of its elements before them

// Where the next byte of a reply stands.
const atType = 0;
const inLine = 1; // up to its end
const inNumber = 2; // digits, a sign before them
const atLineFeed = 3; // behind a line or a number
const inBytes = 4; // bytes and the CRLF behind them

/** Redis refuses longer ones, unless it is configured to take them. */
const mostBytes = 512 * 1024 * 1024;
export const mostElements = 2 ** 31 - 1;

/**
 * Finds the replies of streams: `scan` and `reset` of a session.
 *
 * @see https://redis.io/docs/latest/develop/reference/protocol-spec/ (RESP2)
 */
export function createReplies(slots: number) {
  const states = new Uint8Array(slots);
  /** Type of the line that is coming in, and its number. */
  const types = new Uint8Array(slots);
  const numbers = new Float64Array(slots);
  /** Digits taken of the number; its sign makes it 128 more. */
  const digits = new Uint8Array(slots);
  /** Bytes of a text still to come, and values still to come: an array adds its elements, so that nothing is nested. */
  const left = new Float64Array(slots);
  const values = new Float64Array(slots);

  return {
    scan,
    reset(slot: number): void {
      states[slot] = atType;
      values[slot] = 0;
    },
  };

  function scan(slot: number, bytes: Uint8Array, start: number, end: number): number {
    for (let at = start; at < end; ) {
      const byte = bytes[at] as number;
      switch (states[slot]) {
        case atType:
          if (values[slot] === 0) values[slot] = 1;
          types[slot] = byte;
          numbers[slot] = 0;
          digits[slot] = 0;
          if (byte === plus || byte === minus) states[slot] = inLine;
          else if (byte === colon || byte === dollar || byte === star) states[slot] = inNumber;
          else return malformed;
          at++;
          break;

        case inLine:
          at++;
          if (byte === carriageReturn) states[slot] = atLineFeed;
          else if (byte === lineFeed) return malformed;
          break;

        case inNumber:
          at++;
          if (byte >= 48 && byte <= 57) {
            numbers[slot] = (numbers[slot] as number) * 10 + byte - 48;
            digits[slot] = (digits[slot] as number) + 1;
            if (((digits[slot] as number) & 127) > 19) return malformed;
          } else if (byte === carriageReturn && ((digits[slot] as number) & 127) > 0) {
            states[slot] = atLineFeed;
          } else if ((byte === minus || byte === plus) && digits[slot] === 0) {
            if (byte === minus) digits[slot] = 128;
          } else return malformed;
          break;

        case atLineFeed: {
          at++;
          const type = types[slot];
          const length = numbers[slot] as number;
          const isNull = (digits[slot] as number) >= 128;
          if (byte !== lineFeed) return malformed;
          if (type !== dollar && type !== star) {
            if (isComplete(slot)) return at;
          } else if (isNull && length === 1) {
            if (isComplete(slot)) return at;
          } else if (isNull) return malformed;
          else if (type === dollar) {
            if (length > mostBytes) return malformed;
            left[slot] = length + 2;
            states[slot] = inBytes;
          } else {
            if (length > mostElements) return malformed;
            values[slot] = (values[slot] as number) + length;
            if (isComplete(slot)) return at;
          }
          break;
        }

        default: {
          const step = Math.min(left[slot] as number, end - at);
          at += step;
          left[slot] = (left[slot] as number) - step;
          if (left[slot] !== 0) break;
          if (bytes[at - 1] !== lineFeed) return malformed;
          if (isComplete(slot)) return at;
        }
      }
    }
    return incomplete;
  }

  /** A value has ended. @returns whether it is the last of its reply */
  function isComplete(slot: number): boolean {
    states[slot] = atType;
    values[slot] = (values[slot] as number) - 1;
    return values[slot] === 0;
  }
}
