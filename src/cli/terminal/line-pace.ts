/** Lets a limited number of lines per second through and counts the others. */
export class LinePace {
  readonly #most: number;
  #windowNs = Number.NEGATIVE_INFINITY;
  #count = 0;
  #skipped = 0;

  constructor(mostPerSecond: number) {
    this.#most = mostPerSecond;
  }

  /** @returns whether the line may be written; one that may not is counted */
  take(nowNs: number): boolean {
    if (nowNs - this.#windowNs >= 1e9) {
      this.#windowNs = nowNs;
      this.#count = 0;
    }
    if (this.#count < this.#most) {
      this.#count++;
      return true;
    }
    this.#skipped++;
    return false;
  }

  /** Returns how many were not written since the last call. */
  takeSkipped(): number {
    const skipped = this.#skipped;
    this.#skipped = 0;
    return skipped;
  }
}
