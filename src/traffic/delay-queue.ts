/** Slots that wait, all equally long, so that the first to come is the first to go. */
export class DelayRing {
  #slots: Int32Array;
  #dueNs: Float64Array;
  #head = 0;
  #count = 0;

  /** @param capacity slots that wait at once; for more of them it grows */
  constructor(capacity: number) {
    this.#slots = new Int32Array(capacity);
    this.#dueNs = new Float64Array(capacity);
  }

  push(slot: number, dueNs: number): void {
    if (this.#count === this.#slots.length) this.#grow();
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

  #grow(): void {
    const before = this.#slots.length;
    const slots = new Int32Array(2 * before + 1);
    const dueNs = new Float64Array(2 * before + 1);
    for (let i = 0; i < this.#count; i++) {
      const at = (this.#head + i) % before;
      slots[i] = this.#slots[at] as number;
      dueNs[i] = this.#dueNs[at] as number;
    }
    this.#slots = slots;
    this.#dueNs = dueNs;
    this.#head = 0;
  }
}
