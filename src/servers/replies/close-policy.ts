/** Which connections the server is finished with: by `closeAfter`, or because their protocol ends them. */
export class ClosePolicy {
  readonly #after: number | null;
  /** By slot; of length 0 where connections never end by count. */
  readonly #counts: Uint32Array;
  readonly #ended: Uint8Array;

  /** @param after integer >= 1, or null: never */
  constructor(after: number | null, slots: number) {
    this.#after = after;
    this.#counts = new Uint32Array(after === null ? 0 : slots);
    this.#ended = new Uint8Array(slots);
  }

  /** Counts a reply or a chunk. @returns whether it is the connection's last */
  count(slot: number): boolean {
    if (this.#after === null) return false;
    const count = (this.#counts[slot] as number) + 1;
    this.#counts[slot] = count;
    return count >= this.#after;
  }

  /** Requests that still arrive on the connection are not answered. */
  end(slot: number): void {
    this.#ended[slot] = 1;
  }

  ended(slot: number): boolean {
    return this.#ended[slot] === 1;
  }

  /** The slot is free for another connection. */
  reset(slot: number): void {
    if (this.#after !== null) this.#counts[slot] = 0;
    this.#ended[slot] = 0;
  }
}
