/**
 * The connections that may send, least recently used first: a ring of slot numbers.
 *
 * A slot stands in it once for every further exchange it may have in flight (`perSlot` at most).
 * Tokens of a lost connection stay in the queue, and the caller that takes them skips them, so that the queue is
 * never searched.
 */
export class SlotQueue {
  readonly #slots: Int32Array;
  readonly #standing: Uint16Array;
  #head = 0;
  #count = 0;

  constructor(slots: number, perSlot: number) {
    this.#slots = new Int32Array(slots * perSlot);
    this.#standing = new Uint16Array(slots);
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Tokens in the ring. */
  get count(): number {
    return this.#count;
  }

  /** How many tokens of the slot stand in the ring. */
  standing(slot: number): number {
    return this.#standing[slot] as number;
  }

  push(slot: number): void {
    let at = this.#head + this.#count;
    if (at >= this.#slots.length) at -= this.#slots.length;
    this.#slots[at] = slot;
    this.#count++;
    this.#standing[slot] = (this.#standing[slot] as number) + 1;
  }

  /** @returns the slot at the front, which must exist */
  take(): number {
    const slot = this.#slots[this.#head] as number;
    this.#head++;
    if (this.#head === this.#slots.length) this.#head = 0;
    this.#count--;
    this.#standing[slot] = (this.#standing[slot] as number) - 1;
    return slot;
  }
}
