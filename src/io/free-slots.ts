/** Free slots for connections that a transport accepts: a stack, the lowest on top first. */
export class FreeSlots {
  readonly #stack: Int32Array;
  #count: number;

  constructor(slots: number) {
    this.#stack = Int32Array.from({ length: slots }, (_, index) => slots - 1 - index);
    this.#count = slots;
  }

  /** @returns a free slot, or -1 when there is none */
  take(): number {
    if (this.#count === 0) return -1;
    this.#count--;
    return this.#stack[this.#count] as number;
  }

  give(slot: number): void {
    this.#stack[this.#count] = slot;
    this.#count++;
  }
}
