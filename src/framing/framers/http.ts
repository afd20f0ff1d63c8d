import { findByte } from "../../base/bytes.ts";
import { type Framer, incomplete, malformed } from "./framer.ts";
import { defaultMaxBytes, type Framing, maxSize } from "./framing.ts";
import type { HttpSpec } from "./specs.ts";

export const httpFraming: Framing<HttpSpec, { maxSize?: number | undefined }> = {
  form: "http",
  example: "http",
  alone: { kind: "http", maxBytes: defaultMaxBytes },
  inMap: {
    description: "Replies are HTTP/1.1 or HTTP/1.0 responses.",
    schema: (kit) => kit.map("an http framing", { maxSize: maxSize(kit, "Longest reply.") }),
    normalise: ({ maxSize = defaultMaxBytes }) => ({ kind: "http", maxBytes: maxSize }),
  },
  create: ({ maxBytes }, slots, { requestStart }) =>
    createHttpFramer(slots, maxBytes, methodOf(requestStart)),
};

/** The longest status line and headers, those of interim responses included. */
const mostHeadBytes = 256 * 1024;

/*
 * Where the next byte stands. `mark` says how far within.
 *
 *     | state           | expects                                | next                             |
 *     | --------------- | -------------------------------------- | -------------------------------- |
 *     | start           | empty lines, then the status line      | status                           |
 *     | status          | "HTTP/1.x nnn" (mark: bytes taken)     | statusRest                       |
 *     | statusRest      | the reason, up to LF                   | line                             |
 *     | line            | a line's first byte: of a header, of   | name, the value's state,         |
 *     |                 | the value before (folded), or the end  | headersEnd                       |
 *     | name            | a name we know (mark: bytes matched)   | the value's state                |
 *     | lengthValue     | digits (mark: before, in, after)       | line                             |
 *     | codingValue     | codings (mark: bytes of "chunked")     | line                             |
 *     | connectionValue | options (mark: which, and its bytes)   | line                             |
 *     | skipLine        | anything up to LF                      | line                             |
 *     | headersEnd      | LF                                     | start (1xx), a body's first, done |
 *     | body            | `left` bytes                           | done                             |
 *     | bodyToEnd       | anything, up to the connection's end   | done, by `end`                   |
 *     | chunkSize       | hex digits (mark: digits seen)         | chunkRest, chunkData, trailer    |
 *     | chunkRest       | extensions, up to LF                   | chunkData, trailer               |
 *     | chunkData       | `left` bytes                           | chunkEnd                         |
 *     | chunkEnd        | CR, LF (mark: CR seen)                 | chunkSize                        |
 *     | trailer         | a trailer's first byte, or the end     | trailerRest, trailersEnd         |
 *     | trailerRest     | anything up to LF                      | trailer                          |
 *     | trailersEnd     | LF                                     | done                             |
 */
const start = 0;
const status = 1;
const statusRest = 2;
const line = 3;
const name = 4;
const lengthValue = 5;
const codingValue = 6;
const connectionValue = 7;
const skipLine = 8;
const headersEnd = 9;
/** The states from here on come after the head. */
const body = 10;
const bodyToEnd = 11;
const chunkSize = 12;
const chunkRest = 13;
const chunkData = 14;
const chunkEnd = 15;
const trailer = 16;
const trailerRest = 17;
const trailersEnd = 18;

// What the head said, bits of `said`.
const hasLength = 1;
const hasCoding = 2;
/** The last coding is "chunked". */
const isChunked = 4;
const saysClose = 8;
const saysKeepAlive = 16;
const isHttp10 = 32;

const lineFeed = 10;
const carriageReturn = 13;
const tab = 9;
const space = 32;
const colon = 58;
const comma = 44;
const digit0 = 48;
const digit9 = 57;

const statusPrefix = Buffer.from("HTTP/1.");
const chunked = Buffer.from("chunked");
const close = Buffer.from("close");
const keepAlive = Buffer.from("keep-alive");
/** `mark` within a word of a list that is not one we know. */
const otherWord = 255;
/** Added to `mark` within "keep-alive"; within "close" it is the number of its bytes alone. */
const inKeepAlive = 64;

const contentLength = Buffer.from("content-length");
const transferEncoding = Buffer.from("transfer-encoding");
const connection = Buffer.from("connection");
/** Where "content-length" parts from "connection", which is tried first: at its "t". */
const commonBytes = 3;
const letterC = 99;
const letterT = 116;

/** What a response answers, as far as its length depends on it. */
export type HttpMethod = "HEAD" | "CONNECT" | "other";

/**
 * The method of a message's first request; "other" where it is not known.
 *
 * A message is one request. Where a workload's messages hold several, the first decides for all of
 * them, and the replies to the others are unsolicited.
 */
export function methodOf(requestStart: Uint8Array): HttpMethod {
  const text = Buffer.from(requestStart.subarray(0, 64)).toString("latin1");
  const [, method] = /^[\r\n]*(HEAD|CONNECT) /.exec(text) ?? [];
  return (method as HttpMethod | undefined) ?? "other";
}

/**
 * HTTP/1.0 and 1.1 responses: with Content-Length, chunked, ending with their connection, or without
 * a body. 204, 304, every reply to HEAD and 2xx to CONNECT have none, whatever length they state.
 *
 * Interim responses (1xx) count as a part of the response that follows them, but for 101, which is
 * the last that HTTP has to say. Chunked overrides a Content-Length. A folded header is read as one
 * line. A second Content-Length is malformed, whatever it says: a length that is not certain would
 * shift every reply after it.
 *
 * @param maxBytes length of the longest response, headers included; a longer one is malformed, and so
 *                 is a head of more than 256 KiB
 * @param method   of the requests that are answered
 * @see            RFC 9112, sections 2.2 (line ends), 5.2 (folding), 6 (message body), 7.1 (chunked),
 *                 9.3 (persistence); RFC 9110, section 15 (status codes)
 */
export function createHttpFramer(
  slots: number,
  maxBytes: number,
  method: HttpMethod = "other",
): Required<Framer> {
  const longest = Math.min(maxBytes, 2 ** 32 - 1);
  const longestHead = Math.min(longest, mostHeadBytes);
  // Per slot.
  const states = new Uint8Array(slots);
  const marks = new Uint8Array(slots);
  /** State that reads the value of the header that came last, `start` before the first. */
  const fields = new Uint8Array(slots);
  const said = new Uint8Array(slots);
  const codes = new Uint16Array(slots);
  /** Bytes of the response taken in. */
  const taken = new Uint32Array(slots);
  /** Content-Length, or the bytes of body or chunk still to come. */
  const left = new Float64Array(slots);
  /** Of the last complete response. */
  const lastStatus = new Uint16Array(slots);
  const lastCloses = new Uint8Array(slots);

  return {
    scan,
    reset,
    status: (slot) => lastStatus[slot] as number,
    closes: (slot) => lastCloses[slot] === 1,
    end(slot) {
      if (states[slot] !== bodyToEnd) return false;
      complete(slot, codes[slot] as number, said[slot] as number, 0, true);
      return true;
    },
  };

  function reset(slot: number): void {
    states[slot] = start;
    marks[slot] = 0;
    fields[slot] = start;
    said[slot] = 0;
    codes[slot] = 0;
    left[slot] = 0;
    taken[slot] = 0;
  }

  /** What is kept of a slot is read once, and written only where a response goes on: most come whole. */
  function scan(slot: number, bytes: Uint8Array, from: number, end: number): number {
    let state = states[slot] as number;
    let mark = marks[slot] as number;
    let field = fields[slot] as number;
    let flags = said[slot] as number;
    let code = codes[slot] as number;
    let rest = left[slot] as number;
    /** Index of the response's first byte, before the array where it began in an earlier one. */
    const first = from - (taken[slot] as number);
    const limit = first + longest;
    let most = state < body ? first + longestHead : limit;
    let stop = Math.min(end, most);
    let at = from;
    while (at < stop) {
      const byte = bytes[at] as number;
      switch (state) {
        case start:
          if (byte === carriageReturn || byte === lineFeed) at++;
          else state = status;
          break;

        case status:
          if (!fitsStatusLine(byte, mark)) return malformed;
          if (mark === 7 && byte === digit0) flags |= isHttp10;
          if (mark >= 9 && mark < 12) code = code * 10 + (byte - digit0);
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
          if (byte === space || byte === tab) {
            // Folded: the value goes on, if there was one.
            if (field === start) return malformed;
            state = field;
            break;
          }
          if (field === lengthValue && mark === 0) return malformed;
          flags = withValue(flags, field, mark);
          mark = 0;
          if (byte === carriageReturn) at++;
          if (byte === carriageReturn || byte === lineFeed) state = headersEnd;
          else {
            field = fieldFrom(byte);
            state = field === skipLine ? skipLine : name;
          }
          break;

        case name: {
          let known = nameOf(field);
          for (; at < stop; at++, mark++) {
            const next = lowerCase(bytes[at] as number);
            if (mark === commonBytes && field === connectionValue && next === letterT) {
              field = lengthValue;
              known = contentLength;
            }
            if (mark === known.length || next !== known[mark]) break;
          }
          if (at === stop) break;
          if (mark === known.length && bytes[at] === colon) {
            if (field === lengthValue && (flags & hasLength) !== 0) return malformed;
            mark = 0;
            at++;
          } else field = skipLine;
          state = field;
          break;
        }

        case lengthValue:
          at++;
          if (byte >= digit0 && byte <= digit9) {
            if (mark === 2) return malformed;
            rest = rest * 10 + (byte - digit0);
            mark = 1;
          } else if (byte === lineFeed) state = line;
          else if (!isBlank(byte)) return malformed;
          else if (mark === 1) mark = 2;
          break;

        case codingValue:
          while (at < stop && mark < chunked.length) {
            if (((bytes[at] as number) | 32) !== chunked[mark]) break;
            mark++;
            at++;
          }
          if (at === stop) break;
          if (bytes[at] === lineFeed) state = line;
          else if (bytes[at] === comma) {
            flags = withValue(flags, field, mark);
            mark = 0;
          } else if ((mark !== 0 && mark !== chunked.length) || !isBlank(bytes[at] as number))
            mark = otherWord;
          at++;
          break;

        case connectionValue:
          if (mark === otherWord) {
            while (at < stop && bytes[at] !== comma && bytes[at] !== lineFeed) at++;
            if (at === stop) break;
          }
          if (bytes[at] === lineFeed) state = line;
          else if (bytes[at] === comma) {
            flags = withValue(flags, field, mark);
            mark = 0;
          } else mark = matchOption(byte, mark, flags);
          at++;
          break;

        case headersEnd: {
          if (byte !== lineFeed) return malformed;
          at++;
          mark = 0;
          field = start;
          if (code < 200 && code !== 101) {
            flags = 0;
            code = 0;
            rest = 0;
            state = start;
            break;
          }
          // What follows on these is not HTTP.
          const isLast = code === 101 || (method === "CONNECT" && code < 300);
          state = isLast || method === "HEAD" ? start : bodyAfter(code, flags, rest);
          // HTTP/1.0 has no chunks: a proxy may have forwarded a header that it did not understand.
          const isDoubtful = state === chunkSize && (flags & isHttp10) !== 0;
          if (isLast || isDoubtful || state === bodyToEnd) flags |= saysClose;
          if (state === start) return complete(slot, code, flags, at, first !== from);
          if (state === body && at + rest > limit) return malformed;
          if (state === chunkSize) rest = 0;
          most = limit;
          stop = Math.min(end, limit);
          break;
        }

        case body:
        case chunkData: {
          const step = Math.min(rest, stop - at);
          at += step;
          rest -= step;
          if (rest === 0) {
            if (state === body) return complete(slot, code, flags, at, first !== from);
            mark = 0;
            state = chunkEnd;
          }
          break;
        }

        case bodyToEnd:
          at = stop;
          break;

        case chunkSize: {
          const digit = hexDigit(byte);
          if (digit >= 0) {
            rest = rest * 16 + digit;
            if (at + rest > limit) return malformed;
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
            state = rest === 0 ? trailer : chunkData;
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
          if (byte !== lineFeed) return malformed;
          return complete(slot, code, flags, at + 1, first !== from);
      }
    }
    // What is as long as it may be and not complete is too long; what ends with its connection may be.
    if (state === bodyToEnd ? end > most : stop === most) return malformed;
    states[slot] = state;
    marks[slot] = mark;
    fields[slot] = field;
    said[slot] = flags;
    codes[slot] = code;
    left[slot] = rest;
    taken[slot] = end - first;
    return incomplete;
  }

  /** @returns `at` */
  function complete(
    slot: number,
    code: number,
    flags: number,
    at: number,
    wasKept: boolean,
  ): number {
    lastStatus[slot] = code;
    const persists = (flags & isHttp10) === 0 || (flags & saysKeepAlive) !== 0;
    lastCloses[slot] = persists && (flags & saysClose) === 0 ? 0 : 1;
    if (wasKept) reset(slot);
    return at;
  }
}

/** What the head says, with that of a header's value, or of a word of it. */
function withValue(flags: number, field: number, mark: number): number {
  switch (field) {
    case lengthValue:
      return flags | hasLength;
    case codingValue:
      // The last coding counts: of "gzip, chunked" chunked, and in the last such header.
      if (mark === chunked.length) return flags | hasCoding | isChunked;
      return mark === 0 ? flags | hasCoding : (flags | hasCoding) & ~isChunked;
    case connectionValue:
      if (mark === close.length) return flags | saysClose;
      return mark === inKeepAlive + keepAlive.length ? flags | saysKeepAlive : flags;
    default:
      return flags;
  }
}

/** The state that reads the body after these headers, `start` where there is none. */
function bodyAfter(code: number, flags: number, length: number): number {
  if (code === 204 || code === 304) return start;
  if ((flags & isChunked) !== 0) return chunkSize;
  if ((flags & hasLength) === 0 || (flags & hasCoding) !== 0) return bodyToEnd;
  return length === 0 ? start : body;
}

/** The state that reads the value of a header that starts with this byte: the likeliest of several. */
function fieldFrom(byte: number): number {
  const lower = byte | 32;
  if (lower === letterC) return connectionValue;
  return lower === letterT ? codingValue : skipLine;
}

/** The name of the header whose value a state reads. */
function nameOf(field: number): Buffer {
  if (field === connectionValue) return connection;
  return field === lengthValue ? contentLength : transferEncoding;
}

/** Only letters have a case: "-" is CR with that bit set. */
function lowerCase(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte | 32 : byte;
}

/** Whether a byte may stand at place `at` of "HTTP/1.x nnn", or just after it. */
function fitsStatusLine(byte: number, at: number): boolean {
  if (at < statusPrefix.length) return byte === statusPrefix[at];
  if (at === 8) return byte === space;
  if (at === 12) return byte === space || byte === carriageReturn || byte === lineFeed;
  // Codes of 600 and more are invalid, and to be read as those of 500 (RFC 9110, section 15).
  return at === 9 ? byte >= 49 && byte <= 57 : byte >= 48 && byte <= 57;
}

/** The next `mark` within Connection's value, where "keep-alive" says something of HTTP/1.0 only. */
function matchOption(byte: number, mark: number, flags: number): number {
  const ended = mark === 0 || mark === close.length || mark === inKeepAlive + keepAlive.length;
  if (isBlank(byte)) return ended ? mark : otherWord;
  if (mark === 0 && (byte | 32) === keepAlive[0] && (flags & isHttp10) !== 0) {
    return inKeepAlive + 1;
  }
  const isClose = mark < inKeepAlive;
  const word = isClose ? close : keepAlive;
  const at = isClose ? mark : mark - inKeepAlive;
  // "-" has no case; CR, which differs from it in that bit, is blank.
  return at < word.length && (byte | 32) === word[at] ? mark + 1 : otherWord;
}

function isBlank(byte: number): boolean {
  return byte === space || byte === tab || byte === carriageReturn;
}

/** @returns 0 to 15, or -1 */
function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
