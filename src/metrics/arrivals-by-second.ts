/** What arrived in steady state at one that receives without replying, by the second of steady state. */
export class ArrivalsBySecond {
  #fromNs = Number.POSITIVE_INFINITY;
  #toNs = Number.POSITIVE_INFINITY;
  readonly #amounts: number[] = [];

  /**
   * Steady state is known; what arrives before this call is not counted.
   *
   * @param toNs its planned end; Infinity where it is not known
   */
  plan(fromNs: number, toNs: number): void {
    this.#fromNs = fromNs;
    this.#toNs = toNs;
  }

  /** @cost a few ns outside steady state and within a second */
  add(nowNs: number, amount: number): void {
    if (nowNs < this.#fromNs || nowNs >= this.#toNs) return;
    const second = Math.floor((nowNs - this.#fromNs) / 1e9);
    while (this.#amounts.length <= second) this.#amounts.push(0);
    this.#amounts[second] = (this.#amounts[second] as number) + amount;
  }

  /** Returns all that arrived, by second; null where steady state is not known. */
  amounts(): readonly number[] | null {
    return this.#fromNs === Number.POSITIVE_INFINITY ? null : this.#amounts.slice();
  }
}

/** Sums what arrived in several places; null where that is not known of one of them. */
export function addArrivals(
  a: readonly number[] | null,
  b: readonly number[] | null,
): readonly number[] | null {
  if (a === null || b === null) return null;
  const [longer, shorter] = a.length < b.length ? [b, a] : [a, b];
  return longer.map((amount, second) => amount + (shorter[second] ?? 0));
}
