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

const statusPrefix = Buffer.from("HTTP/1.");
const chunked = Buffer.from("chunked");
const close = Buffer.from("close");
const keepAlive = Buffer.from("keep-alive");
/** `mark` within a word of a list that is none we know. */
const otherWord = 255;
/** Added to `mark` within "keep-alive"; within "close" it is the number of its bytes alone. */
const inKeepAlive = 64;

/** Headers that matter, by the state that reads their value. */
const names: Readonly<Record<number, Buffer>> = {
  [lengthValue]: Buffer.from("content-length"),
  [codingValue]: Buffer.from("transfer-encoding"),
  [connectionValue]: Buffer.from("connection"),
};
/** Where "content-length" parts from "connection", which is tried first: at its "t". */
const commonBytes = 3;
const letterC = 99;
const letterT = 116;

/** What a response answers, as far as its length depends on it. */
export type HttpMethod = "HEAD" | "CONNECT" | "other";

/**
 * The method of a message's first request; "other" where it is not known.
 *
 * A message is one request. Where a workload's messages hold more, as pipelines do, the first decides
 * for them all, and the replies to the others are not expected by anyone.
 */
export function methodOf(requestStart: Uint8Array): HttpMethod {
  const text = Buffer.from(requestStart.subarray(0, 64)).toString("latin1");
  const [, method] = /^[\r\n]*(HEAD|CONNECT) /.exec(text) ?? [];
  return (method as HttpMethod | undefined) ?? "other";
}

/**
 * HTTP/1.0 and 1.1 responses: with Content-Length, chunked, ending with their connection, or without
 * a body, as 204, 304, all replies to HEAD and 2xx to CONNECT are whatever length they give.
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
    scan(slot, bytes, from, end) {
      const next = parse(slot, bytes, from, end, from - (taken[slot] as number));
      if (next >= 0) complete(slot);
      return next;
    },
    reset,
    status: (slot) => lastStatus[slot] as number,
    closes: (slot) => lastCloses[slot] === 1,
    end(slot) {
      if (states[slot] !== bodyToEnd) return false;
      complete(slot);
      return true;
    },
  };

  function reset(slot: number): void {
    resetHead(slot);
    states[slot] = start;
    marks[slot] = 0;
    taken[slot] = 0;
  }

  function resetHead(slot: number): void {
    fields[slot] = start;
    said[slot] = 0;
    codes[slot] = 0;
    left[slot] = 0;
  }

  function complete(slot: number): void {
    const flags = said[slot] as number;
    lastStatus[slot] = codes[slot] as number;
    const persists = (flags & isHttp10) === 0 || (flags & saysKeepAlive) !== 0;
    lastCloses[slot] = persists && (flags & saysClose) === 0 ? 0 : 1;
    reset(slot);
  }

  function say(slot: number, bits: number): void {
    said[slot] = (said[slot] as number) | bits;
  }

  function says(slot: number, bit: number): boolean {
    return ((said[slot] as number) & bit) !== 0;
  }

  /** As `scan`; `first` is the index of the message's first byte, before the array for one begun earlier. */
  function parse(
    slot: number,
    bytes: Uint8Array,
    from: number,
    end: number,
    first: number,
  ): number {
    let at = from;
    let state = states[slot] as number;
    let mark = marks[slot] as number;
    const limit = first + longest;
    let most = state < body ? first + longestHead : limit;
    let stop = Math.min(end, most);
    while (at < stop) {
      const byte = bytes[at] as number;
      switch (state) {
        case start:
          if (byte === carriageReturn || byte === lineFeed) at++;
          else state = status;
          break;

        case status:
          if (!fitsStatusLine(byte, mark)) return malformed;
          if (mark === 7 && byte === 48) say(slot, isHttp10);
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
          if (byte === space || byte === tab) {
            // Folded: the value goes on, if there was one.
            if (fields[slot] === start) return malformed;
            state = fields[slot] as number;
            break;
          }
          if (!endValue(slot, mark)) return malformed;
          mark = 0;
          if (byte === carriageReturn) at++;
          if (byte === carriageReturn || byte === lineFeed) state = headersEnd;
          else {
            const field = fieldFrom(byte);
            fields[slot] = field;
            state = field === skipLine ? skipLine : name;
          }
          break;

        case name: {
          let field = fields[slot] as number;
          // Only letters have a case: "-" would match CR with that bit set.
          const lower = byte >= 65 && byte <= 90 ? byte | 32 : byte;
          if (mark === commonBytes && field === connectionValue && lower === letterT) {
            field = lengthValue;
          }
          const known = names[field] as Buffer;
          if (mark < known.length && lower === known[mark]) {
            mark++;
            at++;
          } else if (mark === known.length && byte === colon) {
            if (field === lengthValue && says(slot, hasLength)) return malformed;
            mark = 0;
            at++;
            state = field;
          } else {
            field = skipLine;
            state = skipLine;
          }
          fields[slot] = field;
          break;
        }

        case lengthValue:
          at++;
          if (byte >= 48 && byte <= 57) {
            if (mark === 2) return malformed;
            left[slot] = (left[slot] as number) * 10 + (byte - 48);
            mark = 1;
          } else if (byte === lineFeed) state = line;
          else if (byte !== space && byte !== tab && byte !== carriageReturn) return malformed;
          else if (mark === 1) mark = 2;
          break;

        case codingValue:
        case connectionValue:
          at++;
          if (byte === lineFeed) state = line;
          else if (byte === comma) {
            endValue(slot, mark);
            mark = 0;
          } else mark = state === codingValue ? matchCoding(byte, mark) : matchOption(byte, mark);
          break;

        case headersEnd: {
          if (byte !== lineFeed) return malformed;
          at++;
          mark = 0;
          const code = codes[slot] as number;
          if (code < 200 && code !== 101) {
            resetHead(slot);
            state = start;
            break;
          }
          state = bodyAfter(slot);
          if (state === start) return at;
          if (state === body && at + (left[slot] as number) > limit) return malformed;
          most = limit;
          stop = Math.min(end, limit);
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

        case bodyToEnd:
          at = stop;
          break;

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
    // What is as long as it may be and not complete is too long; what ends with its connection may be.
    if (state === bodyToEnd ? end > most : stop === most) return malformed;
    states[slot] = state;
    marks[slot] = mark;
    taken[slot] = end - first;
    return incomplete;
  }

  /** The value of the header that came last has ended, or a word of its list. @returns false: malformed */
  function endValue(slot: number, mark: number): boolean {
    switch (fields[slot]) {
      case lengthValue:
        if (mark === 0) return false;
        say(slot, hasLength);
        break;
      case codingValue:
        say(slot, hasCoding);
        // The last coding counts: of "gzip, chunked" chunked, and in the last such header.
        if (mark === chunked.length) say(slot, isChunked);
        else if (mark > 0) said[slot] = (said[slot] as number) & ~isChunked;
        break;
      case connectionValue:
        if (mark === close.length) say(slot, saysClose);
        if (mark === inKeepAlive + keepAlive.length) say(slot, saysKeepAlive);
        break;
    }
    return true;
  }

  /** The headers have ended. @returns the state that reads the body, `start` where there is none */
  function bodyAfter(slot: number): number {
    const code = codes[slot] as number;
    if (code === 101 || (method === "CONNECT" && code < 300)) {
      // What follows is not HTTP.
      say(slot, saysClose);
      return start;
    }
    if (method === "HEAD" || code === 204 || code === 304) return start;
    if (says(slot, isChunked)) {
      // HTTP/1.0 knows no chunks: who sends them may have passed on what it did not understand.
      if (says(slot, isHttp10)) say(slot, saysClose);
      left[slot] = 0;
      return chunkSize;
    }
    if (says(slot, hasLength) && !says(slot, hasCoding)) return left[slot] === 0 ? start : body;
    say(slot, saysClose);
    return bodyToEnd;
  }
}

/** The state that reads the value of the headers that start with this byte, as far as it says so. */
function fieldFrom(byte: number): number {
  const lower = byte | 32;
  if (lower === letterC) return connectionValue;
  return lower === letterT ? codingValue : skipLine;
}

/** Whether a byte may stand at place `at` of "HTTP/1.x nnn", or just after it. */
function fitsStatusLine(byte: number, at: number): boolean {
  if (at < statusPrefix.length) return byte === statusPrefix[at];
  if (at === 8) return byte === space;
  if (at === 12) return byte === space || byte === carriageReturn || byte === lineFeed;
  // Codes of 600 and more are invalid, and to be read as those of 500 (RFC 9110, section 15).
  return at === 9 ? byte >= 49 && byte <= 57 : byte >= 48 && byte <= 57;
}

/** The next `mark` within Transfer-Encoding's value. */
function matchCoding(byte: number, mark: number): number {
  if (isBlank(byte)) return mark === 0 || mark === chunked.length ? mark : otherWord;
  return mark < chunked.length && (byte | 32) === chunked[mark] ? mark + 1 : otherWord;
}

/** The next `mark` within Connection's value. */
function matchOption(byte: number, mark: number): number {
  const ended = mark === 0 || mark === close.length || mark === inKeepAlive + keepAlive.length;
  if (isBlank(byte)) return ended ? mark : otherWord;
  if (mark === 0 && (byte | 32) === keepAlive[0]) return inKeepAlive + 1;
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
