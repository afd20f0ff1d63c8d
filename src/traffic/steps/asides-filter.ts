import { doubleZero } from "../../base/v8-double.ts";
import type { ReplyReader, ReplySink } from "../../framing/reply-reader.ts";
import type { Asides } from "../replies/asides.ts";

/**
 * Takes messages that are no replies out of a stream before exchanges of several messages see it: they may come between
 * any two bytes of those, so that all messages of the connection are found by one reader, whole.
 */
export class AsidesFilter implements ReplySink {
  readonly #asides: Asides;
  readonly #reader: ReplyReader;
  /** By slot: when the message began that is half-read, ns. */
  readonly #beganNs: Float64Array;
  /** What is left of the bytes that were fed last: the first `keptBytes` of it. Valid until the next call. */
  kept = Buffer.alloc(1024);
  keptBytes = 0;
  /** When the first of that began to come in, ns. */
  keptNs = doubleZero;
  /** Of the bytes that are being fed: when the next message began, and where the one after it begins. */
  #nextNs = doubleZero;
  #at = 0;
  #nowNs = doubleZero;

  /** @param reader finds all messages, and keeps them whole; owned by the filter from now on */
  constructor(asides: Asides, reader: ReplyReader, slots: number) {
    this.#asides = asides;
    this.#reader = reader;
    this.#beganNs = new Float64Array(slots);
  }

  /** The slot has a new connection. */
  reset(slot: number): void {
    this.#reader.reset(slot);
  }

  /**
   * Takes in bytes `[start, end)`: `kept` are then the messages that they complete and that are replies. What breaks the
   * framing is kept as well, from its message on: for whoever reads them next, who finds that out again.
   */
  feed(slot: number, bytes: Uint8Array, start: number, end: number, nowNs: number): void {
    const reader = this.#reader;
    const before = reader.pending(slot);
    this.keptBytes = 0;
    this.#nowNs = nowNs;
    this.#nextNs = before > 0 ? (this.#beganNs[slot] as number) : nowNs;
    this.#at = start - before;
    if (!reader.feed(slot, bytes, start, end, this)) {
      const held = reader.held(slot);
      this.#keep(held, 0, held.length);
      this.#keep(bytes, Math.max(start, this.#at), end);
      reader.reset(slot);
    } else if (reader.pending(slot) > 0) this.#beganNs[slot] = this.#nextNs;
  }

  reply(slot: number, bytes: Uint8Array, start: number, end: number, totalBytes: number): void {
    this.#at += totalBytes;
    if (!this.#asides.take(slot, bytes, start, end)) this.#keep(bytes, start, end);
    this.#nextNs = this.#nowNs;
  }

  #keep(bytes: Uint8Array, start: number, end: number): void {
    const to = this.keptBytes + end - start;
    if (this.keptBytes === 0) this.keptNs = this.#nextNs;
    if (to > this.kept.length) {
      const before = this.kept;
      this.kept = Buffer.alloc(2 * to);
      before.copy(this.kept, 0, 0, this.keptBytes);
    }
    this.kept.set(bytes.subarray(start, end), this.keptBytes);
    this.keptBytes = to;
  }
}
