/**
 * How many unknown peers a server takes in: so many a second, and at once no more than a second's worth
 * after a time without.
 */
export class NewPeers {
  readonly #perSecond: number;
  #left: number;
  #atNs: number;

  /** @param perSecond > 0, or null: as many as come */
  constructor(perSecond: number | null, startNs: number) {
    this.#perSecond = perSecond ?? Number.POSITIVE_INFINITY;
    this.#left = Math.max(1, this.#perSecond);
    this.#atNs = startNs;
  }

  /** Another one is there. @returns whether it is taken in */
  take(nowNs: number): boolean {
    if (this.#perSecond === Number.POSITIVE_INFINITY) return true;
    const earned = ((nowNs - this.#atNs) / 1e9) * this.#perSecond;
    this.#left = Math.min(Math.max(1, this.#perSecond), this.#left + Math.max(0, earned));
    this.#atNs = Math.max(this.#atNs, nowNs);
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
