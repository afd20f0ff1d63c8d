import { copyBytes, writeLineEnd } from "../../base/bytes.ts";
import { writeDecimal } from "../../base/numbers/digits.ts";

const space = 32;
const doubleQuote = 34;
const dollar = 36;
const singleQuote = 39;
const star = 42;
const backslash = 92;

/** The command as the array that servers want. */
export function command(...words: string[]): Buffer {
  const texts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return Buffer.from(`*${words.length}\r\n${texts.join("")}`);
}

/** Where `writeWord` stopped reading. */
let readTo = 0;

/**
 * Writes the words of a line as an array; quotes as redis-cli takes them.
 *
 * @returns its length, bytes: 4 for each of the line and 16 at most
 * @cost    no allocation
 */
export function writeCommand(
  into: Uint8Array,
  at: number,
  line: Uint8Array,
  start: number,
  end: number,
): number {
  // Room for the number of words, of one digit; they move where it has more.
  const first = at + 4;
  let to = first;
  let words = 0;
  for (let from = skipSpace(line, start, end); from < end; from = skipSpace(line, readTo, end)) {
    const length = writeWord(null, 0, line, from, end);
    to = putHead(into, to, dollar, length);
    // A word without quotes is what it is written as.
    if (readTo - from === length) copyBytes(line, from, readTo, into, to);
    else writeWord(into, to, line, from, end);
    to = writeLineEnd(into, to + length);
    words++;
  }
  let moved = 0;
  for (let most = 9; words > most; most = most * 10 + 9) moved++;
  if (moved > 0) into.copyWithin(first + moved, first, to);
  putHead(into, at, star, words);
  return to + moved - at;
}

function skipSpace(line: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (line[at] as number) <= space) at++;
  return at;
}

/** Writes a type, a number and CRLF. @returns the index behind them */
function putHead(into: Uint8Array, at: number, type: number, number: number): number {
  into[at] = type;
  return writeLineEnd(into, at + 1 + writeDecimal(into, at + 1, number));
}

/**
 * Writes the word that begins at `start` without its quotes, and sets `readTo`. A quote that is not closed reaches to the
 * end of the line.
 *
 * @param into null: only its length is wanted
 * @returns    its length
 */
function writeWord(
  into: Uint8Array | null,
  at: number,
  line: Uint8Array,
  start: number,
  end: number,
): number {
  let quote = 0;
  let from = start;
  while (from < end && isPlain(line[from] as number)) from++;
  let length = from - start;
  if (into !== null) copyBytes(line, start, from, into, at);
  for (; from < end; from++) {
    let byte = line[from] as number;
    if (quote === 0) {
      if (byte <= space) break;
      if (byte === doubleQuote || byte === singleQuote) {
        quote = byte;
        continue;
      }
    } else if (byte === quote) {
      quote = 0;
      continue;
    } else if (byte === backslash && from + 1 < end) {
      if (quote === doubleQuote) {
        const hex = line[from + 1] === 120 && from + 3 < end ? hexByte(line, from + 2) : -1;
        byte = hex < 0 ? unescaped(line[from + 1] as number) : hex;
        from += hex < 0 ? 1 : 3;
      } else if (line[from + 1] === singleQuote) {
        byte = singleQuote;
        from++;
      }
    }
    if (into !== null) into[at + length] = byte;
    length++;
  }
  readTo = from;
  return length;
}

/** Whether a byte neither ends a word nor has a meaning in it. */
function isPlain(byte: number): boolean {
  return byte > space && byte !== doubleQuote && byte !== singleQuote;
}

/** The byte behind a backslash: n, r, t, b and a have a meaning. */
function unescaped(byte: number): number {
  const at = "nrtba".indexOf(String.fromCharCode(byte));
  return at < 0 ? byte : ("\n\r\t\b\x07".charCodeAt(at) as number);
}

/** @returns the byte of two hexadecimal digits; -1: they are none */
function hexByte(line: Uint8Array, at: number): number {
  const high = hexDigit(line[at] as number);
  const low = hexDigit(line[at + 1] as number);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
