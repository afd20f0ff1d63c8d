/** Slots ordered by when something last arrived on them, the longest silent first; a ring of links. */
export class IdleList {
  /** By slot; the last element is the ring's start and end. */
  readonly #before: Int32Array;
  readonly #after: Int32Array;
  readonly #lastNs: Float64Array;
  readonly #end: number;

  constructor(slots: number) {
    this.#end = slots;
    this.#before = new Int32Array(slots + 1).fill(-1);
    this.#after = new Int32Array(slots + 1).fill(-1);
    this.#lastNs = new Float64Array(slots);
    this.#before[slots] = slots;
    this.#after[slots] = slots;
  }

  /** Something arrived: moves the slot to the end, or inserts it if it is not in the list. */
  touch(slot: number, nowNs: number): void {
    this.#lastNs[slot] = nowNs;
    const end = this.#end;
    if (this.#after[slot] === end) return;
    this.remove(slot);
    const last = this.#before[end] as number;
    this.#after[last] = slot;
    this.#before[slot] = last;
    this.#after[slot] = end;
    this.#before[end] = slot;
  }

  remove(slot: number): void {
    const before = this.#before[slot] as number;
    const after = this.#after[slot] as number;
    if (after < 0) return;
    this.#after[before] = after;
    this.#before[after] = before;
    this.#after[slot] = -1;
    this.#before[slot] = -1;
  }

  /** @returns the slot that has been silent longest, if nothing has arrived on it since then; else -1 */
  silentSince(sinceNs: number): number {
    const first = this.#after[this.#end] as number;
    return first !== this.#end && (this.#lastNs[first] as number) <= sinceNs ? first : -1;
  }
}
