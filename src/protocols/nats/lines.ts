/** Reading what a NATS server says: lines of words, each with one space between them. */

import { equalBytes } from "../../base/bytes.ts";
import { incomplete, malformed } from "../protocol.ts";

export const space = 32;
const lineFeed = 10;
const dot = 46;
export const digit0 = 48;

/** What the lines of a server begin with: MSG, HMSG, INFO, PING and PONG, +OK, -ERR. */
export const begins = {
  message: 77,
  withHeaders: 72,
  info: 73,
  ping: 80,
  ok: 43,
  error: 45,
} as const;

/** A line is at most so long. */
const longestLine = 2 ** 16;

/** The longest payload that is taken in: 64 MiB. */
const longestPayload = 2 ** 26;

/** Of `left`: the line is not over yet. */
const inLine = -1;

/** Finds lines, and the payloads behind those that end in the length of one. */
export class Lines {
  /** Int32, per slot: bytes of the payload and its line end to come, or `inLine`. */
  readonly #left: Int32Array;
  /** Uint32, per slot: bytes taken of the line. */
  readonly #taken: Uint32Array;
  readonly #first: Uint8Array;
  /** Int32, per slot: the number that the line's last word is, so far; -1: it is not one, or is too high. */
  readonly #lastWord: Int32Array;

  constructor(slots: number) {
    this.#left = new Int32Array(slots).fill(inLine);
    this.#taken = new Uint32Array(slots);
    this.#first = new Uint8Array(slots);
    this.#lastWord = new Int32Array(slots);
  }

  /** The first byte of the latest line, which says what it is. */
  first(slot: number): number {
    return this.#first[slot] as number;
  }

  reset(slot: number): void {
    this.#left[slot] = inLine;
    this.#taken[slot] = 0;
    this.#lastWord[slot] = 0;
  }

  /** As `scan` of a session. */
  scan(slot: number, bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    if (this.#left[slot] === inLine) {
      at = this.#line(slot, bytes, start, end);
      if (at < 0 || this.#left[slot] === inLine) return at;
    }
    const left = this.#left[slot] as number;
    const step = Math.min(left, end - at);
    at += step;
    this.#left[slot] = step < left ? left - step : inLine;
    if (step < left) return incomplete;
    return bytes[at - 1] === lineFeed ? at : malformed;
  }

  /** Takes in a line. @returns the index after it, and `left` is what follows it then */
  #line(slot: number, bytes: Uint8Array, start: number, end: number): number {
    if (this.#taken[slot] === 0) {
      this.#first[slot] = bytes[start] as number;
      if (!isFirst.has(bytes[start] as number)) return malformed;
    }
    let at = start;
    let word = this.#lastWord[slot] as number;
    let byte = 0;
    while (at < end && byte !== lineFeed) {
      byte = bytes[at++] as number;
      if (byte === space) word = 0;
      else if (byte > space) word = withDigit(word, byte);
    }
    this.#taken[slot] = (this.#taken[slot] as number) + at - start;
    this.#lastWord[slot] = word;
    if ((this.#taken[slot] as number) > longestLine) return malformed;
    if (byte !== lineFeed) return incomplete;
    this.#taken[slot] = 0;
    this.#lastWord[slot] = 0;
    const is = this.#first[slot];
    if (is !== begins.message && is !== begins.withHeaders) return at;
    this.#left[slot] = word + 2;
    return word < 0 ? malformed : at;
  }
}

const isFirst: ReadonlySet<number> = new Set(Object.values(begins));

/** A number with another digit; -1: it is not one, or is too high for a payload. */
function withDigit(number: number, byte: number): number {
  if (number < 0 || !isDigit(byte)) return -1;
  const next = number * 10 + byte - digit0;
  return next > longestPayload ? -1 : next;
}

function isDigit(byte: number): boolean {
  return byte >= digit0 && byte <= 57;
}

export function isPing(bytes: Uint8Array, start: number): boolean {
  return bytes[start] === begins.ping && bytes[start + 1] === 73;
}

/** Where word `index` of a line begins; words have one space between them. */
export function wordAt(bytes: Uint8Array, start: number, index: number): number {
  let at = start;
  for (let word = 0; word < index; word++) {
    while ((bytes[at] as number) > space) at++;
    at++;
  }
  return at;
}

/** Of a message with headers, what they begin with, "NATS/1.0 503"; 0: no status. */
export function statusOf(bytes: Uint8Array, start: number, end: number): number {
  const at = bytes.indexOf(lineFeed, start) + 1 + "NATS/1.0".length;
  if (at + 4 > end || bytes[at] !== space) return 0;
  let status = 0;
  for (let i = 1; i <= 3; i++) status = status * 10 + (bytes[at + i] as number) - digit0;
  return status >= 100 && status <= 999 ? status : 0;
}

/** "-ERR 'Permissions Violation for Publish to "a"'" is NATS_PERMISSIONS_VIOLATION. */
export function errorName(bytes: Uint8Array, start: number, end: number): string {
  const text = Buffer.from(bytes.subarray(start, end)).toString();
  const said = /'(.*?)(?: for .*)?'/.exec(text)?.[1] ?? "error";
  return `NATS_${said
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, "_")
    .slice(0, 50)}`;
}

/**
 * As `match` of a session: the number at the end of the inbox that a message came to, its second word.
 *
 * @param inbox what the connection's own begin with; undefined: it has none yet
 */
export function inboxNumber(
  inbox: Uint8Array | undefined,
  bytes: Uint8Array,
  start: number,
  next: number,
): number {
  if (bytes[start] === begins.error) return -1;
  const from = wordAt(bytes, start, 1);
  let at = wordAt(bytes, from, 1) - 2;
  let sequence = 0;
  let place = 1;
  for (; isDigit(bytes[at] as number); at--, place *= 10) {
    sequence += ((bytes[at] as number) - digit0) * place;
  }
  if (inbox !== undefined) {
    const { length } = inbox;
    if (at - from + 1 !== length || !equalBytes(bytes, from, inbox, 0, length)) return -1;
  }
  return place > 1 && bytes[at] === dot && sequence < next ? sequence : -1;
}
