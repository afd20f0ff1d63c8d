import { copyBytes, readUint16, writeLineEnd } from "../../base/bytes.ts";
import { writeDecimal } from "../../base/numbers/digits.ts";
import { incomplete, kind, malformed } from "../protocol.ts";
import { Command, opcodeNamed, startsWith, unknownOpcode } from "./command.ts";
import type { Encoding, EncodingContext } from "./encoding.ts";
import { SentCommands } from "./sent-commands.ts";

const lineFeed = 10;
const carriageReturn = 13;
const space = 32;

/** Of lines, the first three bytes tell what they are. */
function headAt(bytes: Uint8Array, start: number): number {
  return ((bytes[start] as number) << 16) | readUint16(bytes, start + 1);
}
const headOf = (line: string) => headAt(Buffer.from(line), 0);

// Lines that others follow in the same reply.
const value = headOf("VALUE"); // key flags bytes, and so many bytes on lines of their own
const stat = headOf("STAT"); // name value
/** And the line that has to end them, but for one that is an error. */
const endLine = headOf("END");

const mostLineBytes = 64 * 1024;
const mostValueBytes = 1024 * 1024 * 1024;

/** Replies that are errors, by the words that they begin with. */
const errors = ["ERROR", "CLIENT_ERROR", "SERVER_ERROR", "NOT_STORED", "EXISTS", "NOT_FOUND"];
const words = errors.map((name) => Buffer.from(name));
/** Those that may end values: ERROR, CLIENT_ERROR and SERVER_ERROR. */
const endErrors = errors.slice(0, 3).map(headOf);
/** Behind them: no value was found, and values or statistics that do not end with END. */
const indexOfMiss = errors.length;
const indexOfNoEnd = errors.length + 1;
/** And a reply that does not fit its command. */
const indexOfWrong = errors.length + 2;
const names = [...errors, "MISS", "NO_END", "WRONG_REPLY"];

/** What replies begin with that are no errors, by opcode of their command. */
const fitting: Readonly<Record<number, readonly number[]>> = Object.fromEntries(
  (
    [
      ["get", ["VAL", "END"]],
      ["set", ["STO"]],
      ["add", ["STO"]],
      ["replace", ["STO"]],
      ["append", ["STO"]],
      ["prepend", ["STO"]],
      ["delete", ["DEL"]],
      ["touch", ["TOU"]],
      ["version", ["VER"]],
    ] as const
  ).map(([name, heads]) => [opcodeNamed(name), heads.map(headOf)]),
);
const counting: ReadonlySet<number> = new Set([opcodeNamed("incr"), opcodeNamed("decr")]);
/** Of a get: no value, and only this. */
const nothing = Buffer.from("END\r\n");

/**
 * The text protocol.
 *
 * @see https://github.com/memcached/memcached/blob/master/doc/protocol.txt
 */
export function createText({ slots, isStream, expiry, missIsError }: EncodingContext): Encoding {
  const command = new Command();
  const sent = new SentCommands(slots);
  /** Over TCP, by slot: number of the request that the next reply answers, once one was sent. */
  const next = new Uint32Array(slots);
  const hasSent = new Uint8Array(slots);
  const flagsAndExpiry = Buffer.from(` 0 ${expiry} `);
  /** Index of the latest error in `names`. */
  const latest = new Uint8Array(slots);
  /** Of the latest reply of several lines, over TCP: the first three bytes of its last line. */
  const endings = new Uint32Array(slots).fill(endLine);
  // Of the line that is coming in: its length, its first three bytes, spaces in it, and the number behind the third.
  const lengths = new Uint32Array(slots);
  const heads = new Uint32Array(slots);
  const spaces = new Uint8Array(slots);
  const numbers = new Float64Array(slots);
  /** Bytes of a value still to come, and of the CRLF behind it. */
  const left = new Float64Array(slots);

  return {
    maxBytes: (payloadBytes) => payloadBytes + flagsAndExpiry.length + 16,
    write(into, at, slot, sequence, payload, start, end) {
      command.read(payload, start, end);
      sent.note(slot, sequence, command.opcode);
      if (hasSent[slot] === 0) {
        hasSent[slot] = 1;
        next[slot] = sequence;
      }
      if (command.form !== "store" && command.form !== "extend") {
        return writeLineEnd(into, copyBytes(payload, start, end, into, at)) - at;
      }
      let to = copyBytes(payload, start, command.keyEnd, into, at);
      to = copyBytes(flagsAndExpiry, 0, flagsAndExpiry.length, into, to);
      to = writeLineEnd(into, to + writeDecimal(into, to, end - command.valueStart));
      return writeLineEnd(into, copyBytes(payload, command.valueStart, end, into, to)) - at;
    },

    scan(slot, bytes, start, end) {
      let head = heads[slot] as number;
      let length = lengths[slot] as number;
      for (let at = start; at < end; ) {
        if (left[slot] !== 0) {
          const step = Math.min(left[slot] as number, end - at);
          at += step;
          left[slot] = (left[slot] as number) - step;
          if (left[slot] === 0 && bytes[at - 1] !== lineFeed) return malformed;
          continue;
        }
        const byte = bytes[at++] as number;
        if (byte === lineFeed) {
          if (head === value && (spaces[slot] as number) < 3) return malformed;
          const others = head === value || head === stat;
          if (head === value) left[slot] = (numbers[slot] as number) + 2;
          clearLine(slot);
          if (!others) {
            endings[slot] = head;
            return at;
          }
          head = 0;
          length = 0;
          continue;
        }
        length++;
        if (length === 1 && !isCapital(byte) && !isDigit(byte)) return malformed;
        if (length <= 3) head = (head << 8) | byte;
        else if (length > mostLineBytes) return malformed;
        else if (head !== value) continue;
        else if (byte === space) spaces[slot] = (spaces[slot] as number) + 1;
        else if (spaces[slot] === 3 && byte !== carriageReturn) {
          numbers[slot] = (numbers[slot] as number) * 10 + byte - 48;
          if (!isDigit(byte) || (numbers[slot] as number) > mostValueBytes) return malformed;
        }
      }
      heads[slot] = head;
      lengths[slot] = length;
      return incomplete;
    },

    classify(slot, bytes, start, end) {
      const isMiss = end - start === nothing.length && startsWith(bytes, start, nothing);
      const isWrong = isStream && !fits(slot, bytes, start);
      const known = isMiss && missIsError ? indexOfMiss : indexOfError(slot, bytes, start);
      const index = known < 0 && isWrong ? indexOfWrong : known;
      if (index < 0) return kind.reply;
      latest[slot] = index;
      return kind.error;
    },
    errorCode: (slot) => `MEMCACHED_${names[latest[slot] as number]}`,
    reset(slot) {
      clearLine(slot);
      left[slot] = 0;
      hasSent[slot] = 0;
      sent.forget(slot);
    },
  };

  /** Whether a reply that is no error is one to its command, as far as that is known. Goes on to the next. */
  function fits(slot: number, bytes: Uint8Array, start: number): boolean {
    if (hasSent[slot] === 0) return true;
    const opcode = sent.opcodeOf(slot, next[slot] as number);
    next[slot] = (next[slot] as number) + 1;
    if (opcode === unknownOpcode) return true;
    if (counting.has(opcode)) return isDigit(bytes[start] as number);
    const heads = fitting[opcode];
    return heads === undefined || heads.includes(headAt(bytes, start));
  }

  function indexOfError(slot: number, bytes: Uint8Array, start: number): number {
    for (let i = 0; i < words.length; i++) {
      if (startsWith(bytes, start, words[i] as Buffer)) return i;
    }
    const head = headAt(bytes, start);
    return head === value || head === stat ? indexOfEnding(endings[slot] as number) : -1;
  }

  function clearLine(slot: number): void {
    lengths[slot] = 0;
    heads[slot] = 0;
    spaces[slot] = 0;
    numbers[slot] = 0;
  }
}

/** @param head the first three bytes of the line behind values. @returns -1: it is END, as it has to be */
function indexOfEnding(head: number): number {
  if (head === endLine) return -1;
  const index = endErrors.indexOf(head);
  return index < 0 ? indexOfNoEnd : index;
}

function isCapital(byte: number): boolean {
  return byte >= 65 && byte <= 90;
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}
