import { findByte } from "../../base/bytes.ts";
import { type Framer, incomplete, malformed } from "./framer.ts";
import { defaultMaxBytes, type Framing, maxSize } from "./framing.ts";

export interface HttpSpec {
  readonly kind: "http";
  readonly maxBytes: number;
}

export const httpFraming: Framing<HttpSpec, { maxSize?: number | undefined }> = {
  form: "http",
  example: "http",
  alone: { kind: "http", maxBytes: defaultMaxBytes },
  inMap: {
    description: "Replies are HTTP/1.1 responses.",
    schema: (kit) => kit.map("an http framing", { maxSize: maxSize(kit, "Longest reply.") }),
    normalise: ({ maxSize = defaultMaxBytes }) => ({ kind: "http", maxBytes: maxSize }),
  },
  create: ({ maxBytes }, slots) => createHttpFramer(slots, maxBytes),
};

/*
 * Where the next byte stands. `mark` says how far within.
 *
 *     | state        | expects                                | next                               |
 *     | ------------ | -------------------------------------- | ---------------------------------- |
 *     | start        | empty lines, then the status line      | status                             |
 *     | status       | "HTTP/1.x nnn" (mark: bytes taken)     | statusRest                         |
 *     | statusRest   | the reason, up to LF                   | line                               |
 *     | line         | a header line's first byte, or the end | name, headersEnd                   |
 *     | name         | a name we know (mark: bytes matched)   | lengthValue, codingValue, skipLine |
 *     | lengthValue  | digits (mark: before, in, after)       | line                               |
 *     | codingValue  | codings (mark: bytes of "chunked")     | line                               |
 *     | skipLine     | anything up to LF                      | line                               |
 *     | headersEnd   | LF                                     | start (1xx), body, chunkSize, done |
 *     | body         | `left` bytes                           | done                               |
 *     | chunkSize    | hex digits (mark: digits seen)         | chunkRest, chunkData, trailer      |
 *     | chunkRest    | extensions, up to LF                   | chunkData, trailer                 |
 *     | chunkData    | `left` bytes                           | chunkEnd                           |
 *     | chunkEnd     | CR, LF (mark: CR seen)                 | chunkSize                          |
 *     | trailer      | a trailer's first byte, or the end     | trailerRest, trailersEnd           |
 *     | trailerRest  | anything up to LF                      | trailer                            |
 *     | trailersEnd  | LF                                     | done                               |
 */
const start = 0;
const status = 1;
const statusRest = 2;
const line = 3;
const name = 4;
const lengthValue = 5;
const codingValue = 6;
const skipLine = 7;
const headersEnd = 8;
const body = 9;
const chunkSize = 10;
const chunkRest = 11;
const chunkData = 12;
const chunkEnd = 13;
const trailer = 14;
const trailerRest = 15;
const trailersEnd = 16;

// What the headers said, bits of `said`.
const hasLength = 1;
const hasCoding = 2;
const isChunked = 4;
/** Within `name`: the candidate is Transfer-Encoding, not Content-Length. */
const namesCoding = 8;

const lineFeed = 10;
const carriageReturn = 13;
const tab = 9;
const space = 32;
const colon = 58;
const comma = 44;

const statusPrefix = Buffer.from("HTTP/1.");
const contentLength = Buffer.from("content-length");
const transferEncoding = Buffer.from("transfer-encoding");
const chunked = Buffer.from("chunked");
/** `mark` within a coding that is not "chunked". */
const otherCoding = 255;

/**
 * HTTP/1.0 and 1.1 responses, with Content-Length or chunked; 204 and 304 end with their headers.
 *
 * Interim responses (1xx) count as a part of the response that follows them, but for 101, which is
 * the last that HTTP has to say. A response that ends with its connection, having no length, is
 * malformed: the next could never be told from it. So are a doubled Content-Length and folded
 * headers. Replies to HEAD are not for this framer: their length promises a body that never comes.
 *
 * @param maxBytes length of the longest response, headers included; a longer one is malformed
 * @see            RFC 9112, sections 2.2 (line ends), 6 (message body), 7.1 (chunked)
 */
export function createHttpFramer(slots: number, maxBytes: number): Framer {
  const longest = Math.min(maxBytes, 2 ** 32 - 1);
  // Per slot.
  const states = new Uint8Array(slots);
  const marks = new Uint8Array(slots);
  const said = new Uint8Array(slots);
  const codes = new Uint16Array(slots);
  /** Bytes of the response taken in. */
  const taken = new Uint32Array(slots);
  /** Content-Length, or the bytes of body or chunk still to come. */
  const left = new Float64Array(slots);

  return {
    scan(slot, bytes, from, end) {
      const limit = from + longest - (taken[slot] as number);
      const stop = Math.min(end, limit);
      const next = parse(slot, bytes, from, stop, limit);
      if (next >= 0) reset(slot);
      else if (next === incomplete) {
        if (stop === limit) return malformed;
        taken[slot] = (taken[slot] as number) + (stop - from);
      }
      return next;
    },
    reset,
  };

  function reset(slot: number): void {
    states[slot] = start;
    marks[slot] = 0;
    said[slot] = 0;
    codes[slot] = 0;
    taken[slot] = 0;
    left[slot] = 0;
  }

  /** As `scan`; `limit` is the index that the message must not pass. */
  function parse(
    slot: number,
    bytes: Uint8Array,
    from: number,
    stop: number,
    limit: number,
  ): number {
    let at = from;
    let state = states[slot] as number;
    let mark = marks[slot] as number;
    while (at < stop) {
      const byte = bytes[at] as number;
      switch (state) {
        case start:
          if (byte === carriageReturn || byte === lineFeed) at++;
          else state = status;
          break;

        case status:
          if (!fitsStatusLine(byte, mark)) return malformed;
          if (mark >= 9 && mark < 12) codes[slot] = (codes[slot] as number) * 10 + (byte - 48);
          if (mark === 12) {
            mark = 0;
            state = statusRest;
          } else {
            mark++;
            at++;
          }
          break;

        case statusRest:
        case skipLine:
        case trailerRest:
          at = findByte(bytes, lineFeed, at, stop);
          if (at < stop) {
            at++;
            state = state === trailerRest ? trailer : line;
          }
          break;

        case line:
          if (byte === space || byte === tab) return malformed;
          if (byte === carriageReturn) at++;
          if (byte === carriageReturn || byte === lineFeed) state = headersEnd;
          else {
            const lower = byte | 32;
            if (lower === transferEncoding[0]) said[slot] = (said[slot] as number) | namesCoding;
            else said[slot] = (said[slot] as number) & ~namesCoding;
            mark = 0;
            state = lower === transferEncoding[0] || lower === contentLength[0] ? name : skipLine;
          }
          break;

        case name: {
          const isCoding = ((said[slot] as number) & namesCoding) !== 0;
          const known = isCoding ? transferEncoding : contentLength;
          if (mark < known.length) {
            // Only letters have a case: "-" would match CR with that bit set.
            const lower = byte >= 65 && byte <= 90 ? byte | 32 : byte;
            if (lower === known[mark]) {
              mark++;
              at++;
            } else state = skipLine;
          } else {
            mark = 0;
            if (byte !== colon) state = skipLine;
            else {
              at++;
              state = isCoding ? codingValue : lengthValue;
              if (state === lengthValue) {
                if (((said[slot] as number) & hasLength) !== 0) return malformed;
                left[slot] = 0;
              }
            }
          }
          break;
        }

        case lengthValue:
          at++;
          if (byte >= 48 && byte <= 57) {
            if (mark === 2) return malformed;
            left[slot] = (left[slot] as number) * 10 + (byte - 48);
            mark = 1;
          } else if (byte === lineFeed) {
            if (mark === 0) return malformed;
            said[slot] = (said[slot] as number) | hasLength;
            state = line;
          } else if (byte !== space && byte !== tab && byte !== carriageReturn) return malformed;
          else if (mark === 1) mark = 2;
          break;

        case codingValue:
          at++;
          if (byte === lineFeed) {
            // The last coding counts: of "gzip, chunked" chunked, and in the last such header.
            const kept = ((said[slot] as number) & ~isChunked) | hasCoding;
            said[slot] = mark === chunked.length ? kept | isChunked : kept;
            state = line;
          } else mark = matchCoding(byte, mark);
          break;

        case headersEnd: {
          if (byte !== lineFeed) return malformed;
          at++;
          const code = codes[slot] as number;
          if (code < 200 && code !== 101) {
            codes[slot] = 0;
            said[slot] = 0;
            left[slot] = 0;
            mark = 0;
            state = start;
            break;
          }
          if (code === 101 || code === 204 || code === 304) return at;
          const flags = said[slot] as number;
          mark = 0;
          if ((flags & isChunked) !== 0) {
            left[slot] = 0;
            state = chunkSize;
          } else if ((flags & hasCoding) !== 0 || (flags & hasLength) === 0) return malformed;
          else if (left[slot] === 0) return at;
          else if (at + (left[slot] as number) > limit) return malformed;
          else state = body;
          break;
        }

        case body:
        case chunkData: {
          const step = Math.min(left[slot] as number, stop - at);
          at += step;
          left[slot] = (left[slot] as number) - step;
          if (left[slot] === 0) {
            if (state === body) return at;
            mark = 0;
            state = chunkEnd;
          }
          break;
        }

        case chunkSize: {
          const digit = hexDigit(byte);
          if (digit >= 0) {
            left[slot] = (left[slot] as number) * 16 + digit;
            if (at + (left[slot] as number) > limit) return malformed;
            mark = 1;
            at++;
          } else if (mark === 0) return malformed;
          else state = chunkRest;
          break;
        }

        case chunkRest:
          at = findByte(bytes, lineFeed, at, stop);
          if (at < stop) {
            at++;
            state = left[slot] === 0 ? trailer : chunkData;
          }
          break;

        case chunkEnd:
          at++;
          if (byte === carriageReturn && mark === 0) mark = 1;
          else if (byte !== lineFeed) return malformed;
          else {
            mark = 0;
            state = chunkSize;
          }
          break;

        case trailer:
          if (byte === carriageReturn) at++;
          state = byte === carriageReturn || byte === lineFeed ? trailersEnd : trailerRest;
          break;

        default: // trailersEnd
          return byte === lineFeed ? at + 1 : malformed;
      }
    }
    states[slot] = state;
    marks[slot] = mark;
    return incomplete;
  }
}

/** Whether a byte may stand at place `at` of "HTTP/1.x nnn", or just after it. */
function fitsStatusLine(byte: number, at: number): boolean {
  if (at < statusPrefix.length) return byte === statusPrefix[at];
  if (at === 8) return byte === space;
  if (at === 12) return byte === space || byte === carriageReturn || byte === lineFeed;
  // The code's first digit is 1 to 5 (RFC 9110, section 15).
  return at === 9 ? byte >= 49 && byte <= 53 : byte >= 48 && byte <= 57;
}

/** The next `mark` within Transfer-Encoding's value. */
function matchCoding(byte: number, mark: number): number {
  if (byte === comma) return 0;
  if (byte === space || byte === tab || byte === carriageReturn) {
    return mark === 0 || mark === chunked.length ? mark : otherCoding;
  }
  return mark < chunked.length && (byte | 32) === chunked[mark] ? mark + 1 : otherCoding;
}

/** @returns 0 to 15, or -1 */
function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
