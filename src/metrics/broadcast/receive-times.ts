/** The milliseconds of the monotonic clock in which something was received: one byte each. */
export class ReceiveTimes {
  #firstMs = 0;
  #bytes: Uint8Array = new Uint8Array(0);

  /** Adds the milliseconds from `fromMs` on for which `received` is not 0. */
  add(fromMs: number, received: Uint8Array): void {
    if (received.length === 0) return;
    if (this.#bytes.length === 0) this.#firstMs = fromMs;
    this.#makeRoom(fromMs, fromMs + received.length);
    const at = fromMs - this.#firstMs;
    for (let index = 0; index < received.length; index++) {
      if (received[index] !== 0) this.#bytes[at + index] = 1;
    }
  }

  /** Adds the milliseconds of another one. */
  addAll(other: ReceiveTimes): void {
    this.add(other.#firstMs, other.#bytes);
  }

  /**
   * Returns the longest run of milliseconds within `[fromNs, toNs)` in which nothing was received.
   *
   * @returns ms, integer >= 0
   */
  longestGapMs(fromNs: number, toNs: number): number {
    const from = Math.floor(fromNs / 1e6) - this.#firstMs;
    const to = Math.floor(toNs / 1e6) - this.#firstMs;
    let longest = 0;
    let begin = from;
    for (let at = Math.max(0, from); at < Math.min(to, this.#bytes.length); at++) {
      if (this.#bytes[at] !== 1) continue;
      longest = Math.max(longest, at - begin);
      begin = at + 1;
    }
    return Math.max(longest, to - begin, 0);
  }

  #makeRoom(fromMs: number, toMs: number): void {
    const endMs = this.#firstMs + this.#bytes.length;
    const first = Math.min(fromMs, this.#firstMs);
    if (first === this.#firstMs && toMs <= endMs) return;
    const needed = Math.max(toMs, endMs) - first;
    const grown = new Uint8Array(toMs > endMs ? Math.max(needed, 2 * this.#bytes.length) : needed);
    grown.set(this.#bytes, this.#firstMs - first);
    this.#firstMs = first;
    this.#bytes = grown;
  }
}
