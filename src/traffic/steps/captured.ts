import type { SlotBytes } from "../../messages/template/slot-bytes.ts";
import type { OpenCapture } from "../../scenario/scenario.ts";

/** A value that each connection keeps of a step's reply. */
export class Captured implements SlotBytes {
  readonly maxBytes: number;
  /** `maxBytes` for each slot; the system provides what is written. */
  readonly bytes: Buffer;
  readonly #lengths: Uint16Array;
  readonly #after: Buffer | null;
  readonly #before: Buffer | null;

  constructor({ afterBase64, beforeBase64, maxBytes }: OpenCapture, slots: number) {
    this.maxBytes = maxBytes;
    this.bytes = Buffer.alloc(slots * maxBytes);
    this.#lengths = new Uint16Array(slots);
    this.#after = afterBase64 === null ? null : Buffer.from(afterBase64, "base64");
    this.#before = beforeBase64 === null ? null : Buffer.from(beforeBase64, "base64");
  }

  start(slot: number): number {
    return slot * this.maxBytes;
  }

  end(slot: number): number {
    return slot * this.maxBytes + (this.#lengths[slot] as number);
  }

  /** @returns whether the value is in the reply, bytes `[start, end)`, and not too long */
  take(slot: number, reply: Uint8Array, start: number, end: number): boolean {
    const bytes = Buffer.from(reply.buffer, reply.byteOffset + start, end - start);
    const found = this.#after === null ? 0 : bytes.indexOf(this.#after);
    if (found < 0) return false;
    const from = found + (this.#after?.length ?? 0);
    const to = this.#before === null ? bytes.length : bytes.indexOf(this.#before, from);
    if (to < 0 || to - from > this.maxBytes) return false;
    bytes.copy(this.bytes, this.start(slot), from, to);
    this.#lengths[slot] = to - from;
    return true;
  }
}
