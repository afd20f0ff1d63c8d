import { incomplete, malformed } from "./protocol.ts";

/**
 * The length of the message that begins at `bytes[start]`, with its head; bytes up to `end` are there.
 *
 * @returns `incomplete` where these are too few of its head to say, `malformed` where they cannot begin one
 */
export type LengthOf = (bytes: Uint8Array, start: number, end: number, slot: number) => number;

/**
 * Finds the messages of streams whose heads say how long they are: what most binary protocols need for `scan`.
 *
 * @cost no allocation; a head that comes in pieces is kept, `longestHead` bytes a slot
 * @example
 * // Two bytes of length, then the message.
 * const messages = new SizedMessages(100, 2, (bytes, start, end) =>
 *   end - start < 2 ? incomplete : 2 + readUint16(bytes, start),
 * );
 * messages.scan(0, Uint8Array.of(0, 3, 65, 66), 0, 4); // => incomplete
 * messages.scan(0, Uint8Array.of(67), 0, 1); // => 1
 */
export class SizedMessages {
  readonly #longestHead: number;
  readonly #lengthOf: LengthOf;
  /** By slot: the head so far, where it came in pieces, and its bytes. */
  readonly #heads: Uint8Array;
  readonly #held: Uint8Array;
  /** Float64, per slot: of the message whose head is known, bytes to come. */
  readonly #left: Float64Array;

  /**
   * @param slots       of the session
   * @param longestHead the bytes by which the length is known at the latest, 1 to 255
   * @param lengthOf    is called with heads, whole or in part
   */
  constructor(slots: number, longestHead: number, lengthOf: LengthOf) {
    this.#longestHead = longestHead;
    this.#lengthOf = lengthOf;
    this.#heads = new Uint8Array(slots * longestHead);
    this.#held = new Uint8Array(slots);
    this.#left = new Float64Array(slots);
  }

  /** The slot carries a new connection. */
  reset(slot: number): void {
    this.#held[slot] = 0;
    this.#left[slot] = 0;
  }

  /** Whether no part of a message has come that is not complete. */
  isBetween(slot: number): boolean {
    return this.#held[slot] === 0 && this.#left[slot] === 0;
  }

  /**
   * As `scan` of a session.
   *
   * @returns the index after the first message that ends in the bytes, `incomplete` or `malformed`
   */
  scan(slot: number, bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    let left = this.#left[slot] as number;
    if (left === 0) {
      const heads = this.#heads;
      const from = slot * this.#longestHead;
      let held = this.#held[slot] as number;
      let length = held === 0 ? this.#lengthOf(bytes, start, end, slot) : incomplete;
      if (length <= end - start && length > 0) return start + length;
      while (length === incomplete && at < end && held < this.#longestHead) {
        heads[from + held++] = bytes[at++] as number;
        length = this.#lengthOf(heads, from, from + held, slot);
      }
      const isKnown = length > 0;
      this.#held[slot] = isKnown ? 0 : held;
      if (!isKnown) return length === malformed || at < end ? malformed : incomplete;
      left = length - held;
    }
    const step = Math.min(left, end - at);
    this.#left[slot] = left - step;
    return left === step ? at + step : incomplete;
  }
}
