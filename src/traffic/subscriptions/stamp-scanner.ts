import { timedStampBytes } from "../../messages/send-time.ts";
import { isStamped } from "../../messages/stamp.ts";
import { isStampText, readStampText, stampTextBytes } from "../../messages/stamp-text.ts";

/** Takes in the stamps that are found. */
export interface StampSink {
  /**
   * What begins as a stamp does: 32 bytes from `bytes[at]` on, valid during the call.
   *
   * @returns whether it is one; else the search goes on behind its first byte
   */
  stamp(slot: number, bytes: Uint8Array, at: number): boolean;
}

/** A half-read stamp: the end of what has come so far, which begins as one does. */
interface Held {
  readonly bytes: Buffer;
  length: number;
}

const binaryStart = Buffer.from("s8\u0001");
/** The same in base64url. */
const textStart = Buffer.from("czgB");
const [s, c] = [binaryStart[0] as number, textStart[0] as number];

/** No stamp that is incomplete is longer. */
const mostHeld = stampTextBytes - 1;

/**
 * Finds the stamps in streams, wherever they stand: in bytes (send-time.ts) and as text (stamp-text.ts), several in one
 * chunk, and across chunks. It knows nothing of frames: what wraps a message does not matter to it, as long as that leaves
 * its bytes as they are.
 *
 * @cost some ns a byte, no allocation; what is half-read takes a buffer of 42 bytes, of which there are as many as were
 *       ever half-read at once
 */
export class StampScanner {
  readonly #sink: StampSink;
  readonly #held = new Map<number, Held>();
  readonly #free: Held[] = [];
  readonly #decoded = Buffer.alloc(timedStampBytes + 1);
  readonly #joined = Buffer.alloc(2 * mostHeld);
  /** Where the search that has just ended goes on, or what begins there is incomplete. */
  #next = 0;

  constructor(sink: StampSink) {
    this.#sink = sink;
  }

  /** Takes in bytes `[start, end)`, which directly follow those of the slot's previous call. */
  feed(slot: number, bytes: Uint8Array, start: number, end: number): void {
    const from = this.#held.size === 0 ? start : this.#complete(slot, bytes, start, end);
    if (from < 0 || this.#search(slot, bytes, from, end, end)) return;
    this.#hold(slot, bytes, this.#next, end);
  }

  /** As `feed`, of a datagram: no other one completes a stamp of it. */
  feedWhole(slot: number, bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    while (at < end && !this.#search(slot, bytes, at, end, end)) at = this.#next + 1;
  }

  /** Forgets what is half-read: the slot carries a new connection. */
  reset(slot: number): void {
    const held = this.#held.get(slot);
    if (held === undefined) return;
    this.#held.delete(slot);
    this.#free.push(held);
  }

  /** Looks at stamps that began in chunks before. @returns where the search goes on; -1: all is half-read still */
  #complete(slot: number, bytes: Uint8Array, start: number, end: number): number {
    const held = this.#held.get(slot);
    if (held === undefined) return start;
    const { length } = held;
    const more = Math.min(end - start, mostHeld);
    const joined = this.#joined;
    joined.set(held.bytes.subarray(0, length));
    joined.set(bytes.subarray(start, start + more), length);
    this.reset(slot);
    if (!this.#search(slot, joined, 0, length, length + more)) {
      // There is no more of it than that.
      this.#hold(slot, joined, this.#next, length + more);
      return -1;
    }
    return start + Math.max(0, this.#next - length);
  }

  /** What begins as a stamp does and is not complete. */
  #hold(slot: number, bytes: Uint8Array, start: number, end: number): void {
    const held = this.#free.pop() ?? { bytes: Buffer.alloc(mostHeld), length: 0 };
    held.bytes.set(bytes.subarray(start, end));
    held.length = end - start;
    this.#held.set(slot, held);
  }

  /**
   * Hands over the stamps that begin in `[start, limit)`, of bytes that go on until `end`.
   *
   * @returns false where one is incomplete, at `#next`
   */
  #search(slot: number, bytes: Uint8Array, start: number, limit: number, end: number): boolean {
    let at = start;
    while (at < limit) {
      const byte = bytes[at] as number;
      if (byte !== s && byte !== c) {
        at++;
        continue;
      }
      const isBinary = byte === s;
      const length = isBinary ? timedStampBytes : stampTextBytes;
      if (!beginsWith(bytes, at, end, isBinary ? binaryStart : textStart)) at++;
      // What is none for certain must not hold back one that is whole behind it.
      else if (at + length > end && !isBinary && !isStampText(bytes, at, end)) at++;
      else if (at + length > end) {
        this.#next = at;
        return false;
      } else at += this.#take(slot, bytes, at, isBinary) ? length : 1;
    }
    this.#next = at;
    return true;
  }

  #take(slot: number, bytes: Uint8Array, at: number, isBinary: boolean): boolean {
    if (isBinary) return this.#sink.stamp(slot, bytes, at);
    const decoded = this.#decoded;
    if (!readStampText(bytes, at, decoded) || !isStamped(decoded, 0, timedStampBytes)) return false;
    return this.#sink.stamp(slot, decoded, 0);
  }
}

/** Whether bytes `[at, end)` begin with these, or are their beginning. */
function beginsWith(bytes: Uint8Array, at: number, end: number, start: Uint8Array): boolean {
  const length = Math.min(start.length, end - at);
  for (let i = 1; i < length; i++) if (bytes[at + i] !== start[i]) return false;
  return true;
}
