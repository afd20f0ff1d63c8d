/**
 * Times at which something is due, by number: a binary heap over typed arrays, in which each number stands once at
 * most. Nothing is allocated after the start.
 */
export class DueHeap {
  readonly #dueNs: Float64Array;
  /** The numbers that wait, as a heap: the one due first at 0. */
  readonly #heap: Int32Array;
  /** Place of each number in the heap, from 1; 0: it does not wait. */
  readonly #places: Int32Array;
  #count = 0;

  /** @param capacity numbers are 0 to capacity - 1 */
  constructor(capacity: number) {
    this.#dueNs = new Float64Array(capacity);
    this.#heap = new Int32Array(capacity);
    this.#places = new Int32Array(capacity);
  }

  /** When the first is due, ns; Infinity when none waits. */
  get nextNs(): number {
    return this.#count === 0
      ? Number.POSITIVE_INFINITY
      : (this.#dueNs[this.#heap[0] as number] as number);
  }

  /** Sets when a number is due, whether it waits already or not. @cost O(log n) */
  set(number: number, dueNs: number): void {
    this.#dueNs[number] = dueNs;
    if (this.#places[number] === 0) this.#put(number, this.#count++);
    const at = this.#rise((this.#places[number] as number) - 1);
    this.#sink(at);
  }

  /** Takes a number out, if it waits. @cost O(log n) */
  delete(number: number): void {
    const place = this.#places[number] as number;
    if (place === 0) return;
    this.#places[number] = 0;
    const last = this.#heap[--this.#count] as number;
    if (last === number) return;
    this.#put(last, place - 1);
    this.#sink(this.#rise(place - 1));
  }

  /** Takes out the first, which must exist. */
  take(): number {
    const first = this.#heap[0] as number;
    this.delete(first);
    return first;
  }

  #put(number: number, at: number): void {
    this.#heap[at] = number;
    this.#places[number] = at + 1;
  }

  /** @returns where it stands then */
  #rise(from: number): number {
    const number = this.#heap[from] as number;
    const dueNs = this.#dueNs[number] as number;
    let at = from;
    while (at > 0) {
      const above = this.#heap[(at - 1) >> 1] as number;
      if ((this.#dueNs[above] as number) <= dueNs) break;
      this.#put(above, at);
      at = (at - 1) >> 1;
    }
    this.#put(number, at);
    return at;
  }

  #sink(from: number): void {
    const number = this.#heap[from] as number;
    const dueNs = this.#dueNs[number] as number;
    let at = from;
    for (let child = 2 * at + 1; child < this.#count; child = 2 * at + 1) {
      if (child + 1 < this.#count && this.#due(child + 1) < this.#due(child)) child++;
      if (this.#due(child) >= dueNs) break;
      this.#put(this.#heap[child] as number, at);
      at = child;
    }
    this.#put(number, at);
  }

  #due(at: number): number {
    return this.#dueNs[this.#heap[at] as number] as number;
  }
}
