/**
 * Frames; those of the client are masked.
 *
 *     | offset | size      | content                                                  |
 *     | ------ | --------- | -------------------------------------------------------- |
 *     | 0      | 1         | last of its message 128; reserved 112; opcode 15         |
 *     | 1      | 1         | masked 128; length, or 126: 2 bytes, 127: 8 bytes follow |
 *     | 2      | 0, 2 or 8 | length                                                   |
 *     |        | 0 or 4    | mask                                                     |
 *
 * @see RFC 6455, sections 5.2 (frames), 5.3 (masks), 5.5 (control frames)
 */
import { readUint16, readUint32, writeUint16, writeUint32 } from "../../base/bytes.ts";
import { writeBytes } from "../../base/numbers/digits.ts";
import { incomplete, malformed } from "../protocol.ts";
import { SizedMessages } from "../sized-messages.ts";

/** What a frame is. From `close` on they are control frames: short, whole, and allowed between the frames of a message. */
export const opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Bits of a frame's first byte: whether it is its message's last; that of no extension; what it is. */
const isLast = 128;
const reserved = 64 + 32 + 16;
const opcodes = 15;

/** The longest head of a frame that is written, and the longest payload of a control frame. */
export const headBytes = 2 + 8 + 4;
export const longestControl = 125;
/** The longest message that is taken in: 16 MiB. */
const longest = 2 ** 24;

/** Finds the messages of servers, of however many frames, and the control frames between those. */
export class Frames {
  readonly #frames: SizedMessages;
  /** Uint8, per slot: first byte of the frame, and the payload of a control frame, bytes. */
  readonly #first: Uint8Array;
  readonly #controlBytes: Uint8Array;
  /** Uint8, per slot: whether a message has begun and not ended; Float64: its payload so far, bytes. */
  readonly #isInside: Uint8Array;
  readonly #messageBytes: Float64Array;

  constructor(slots: number) {
    this.#frames = new SizedMessages(slots, 10, this.#lengthOf.bind(this));
    this.#first = new Uint8Array(slots);
    this.#controlBytes = new Uint8Array(slots);
    this.#isInside = new Uint8Array(slots);
    this.#messageBytes = new Float64Array(slots);
  }

  reset(slot: number): void {
    this.#frames.reset(slot);
    this.#first[slot] = 0;
    this.#isInside[slot] = 0;
    this.#messageBytes[slot] = 0;
  }

  /** As `scan` of a session. */
  scan(slot: number, bytes: Uint8Array, start: number, end: number): number {
    // A frame for each turn: until a message ends, or a control frame, which may be within one.
    for (let at = start; at < end; ) {
      at = this.#frames.scan(slot, bytes, at, end);
      if (at < 0 || this.opcode(slot) >= opcode.close) return at;
      const isWhole = (this.#first[slot] as number) >= isLast;
      this.#isInside[slot] = isWhole ? 0 : 1;
      if (!isWhole) continue;
      this.#messageBytes[slot] = 0;
      return at;
    }
    return incomplete;
  }

  /** What the latest frame is. */
  opcode(slot: number): number {
    return (this.#first[slot] as number) & opcodes;
  }

  /** Length of its payload, where it is a control frame. */
  controlBytes(slot: number): number {
    return this.#controlBytes[slot] as number;
  }

  /** The length of the frame that begins at `start`, if a server may send it. */
  #lengthOf(bytes: Uint8Array, start: number, end: number, slot: number): number {
    // Behind a close there is nothing.
    if (this.opcode(slot) === opcode.close) return malformed;
    const first = bytes[start] as number;
    const is = first & opcodes;
    const isControl = is >= opcode.close;
    const isKnown = isControl ? is <= opcode.pong : is <= opcode.binary;
    if (!isKnown || (first & reserved) !== 0) return malformed;
    const mayBegin = isControl
      ? first >= isLast
      : (is === opcode.continuation) === (this.#isInside[slot] === 1);
    if (!mayBegin) return malformed;
    if (end - start < 2) return incomplete;
    // A server masks nothing.
    const short = bytes[start + 1] as number;
    if (short > 127 || (isControl && short > longestControl)) return malformed;
    // The reason of a close stands behind its code, which has two bytes.
    if (is === opcode.close && short === 1) return malformed;
    const head = headOf(short);
    if (end - start < head) return incomplete;
    let payload = short;
    if (head === 4) payload = readUint16(bytes, start + 2);
    if (head === 10) {
      payload = readUint32(bytes, start + 2) * 2 ** 32 + readUint32(bytes, start + 6);
    }
    if (payload < leastPayload(head)) return malformed;
    this.#first[slot] = first;
    if (isControl) this.#controlBytes[slot] = payload;
    else this.#messageBytes[slot] = (this.#messageBytes[slot] as number) + payload;
    return (this.#messageBytes[slot] as number) > longest ? malformed : head + payload;
  }
}

/** How long the head of a frame is that is not masked, by its second byte. */
function headOf(short: number): number {
  if (short < 126) return 2;
  return short === 126 ? 4 : 10;
}

/** The shortest payload whose length needs a head of so many bytes: lengths are written as short as they can be. */
function leastPayload(head: number): number {
  if (head === 2) return 0;
  return head === 4 ? 126 : 65_536;
}

/** Where the payload of a frame begins that is not masked. */
export function payloadAt(bytes: Uint8Array, start: number): number {
  return start + headOf(bytes[start + 1] as number);
}

/** Writes a masked frame, which is a whole message. @param what its opcode. @returns the index after it */
export function writeFrame(
  into: Uint8Array,
  at: number,
  what: number,
  mask: number,
  payload: Uint8Array,
  start: number,
  end: number,
): number {
  const length = end - start;
  into[at] = isLast | what;
  into[at + 1] = 128 | (length < 126 ? length : length < 65_536 ? 126 : 127);
  let to = at + 2;
  if (length >= 65_536) to = writeBytes(into, to, length, 8, false);
  else if (length >= 126) to = writeUint16(into, to, length);
  to = writeUint32(into, to, mask);
  for (let i = 0; i < length; i++) {
    into[to + i] = (payload[start + i] as number) ^ (mask >>> (24 - 8 * (i & 3)));
  }
  return to + length;
}
