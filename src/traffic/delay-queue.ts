/** Slots that wait, all equally long, so that the first to come is the first to go. */
export class DelayRing {
  readonly #slots: Int32Array;
  readonly #dueNs: Float64Array;
  #head = 0;
  #count = 0;

  /** @param capacity most slots that wait at once */
  constructor(capacity: number) {
    this.#slots = new Int32Array(capacity);
    this.#dueNs = new Float64Array(capacity);
  }

  push(slot: number, dueNs: number): void {
    const at = (this.#head + this.#count) % this.#slots.length;
    this.#slots[at] = slot;
    this.#dueNs[at] = dueNs;
    this.#count++;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** When the first is due; Infinity when none waits. */
  get nextNs(): number {
    return this.#count === 0 ? Number.POSITIVE_INFINITY : (this.#dueNs[this.#head] as number);
  }

  /** @returns the first slot, which must exist */
  take(): number {
    const slot = this.#slots[this.#head] as number;
    this.#head = (this.#head + 1) % this.#slots.length;
    this.#count--;
    return slot;
  }
}
