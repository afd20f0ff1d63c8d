/**
 * Peers that sent something lately, in two sets. Once per `forgetNs` the older set is dropped and the
 * younger takes its place: a peer is forgotten after that time, and after twice that time at the latest.
 */
export class KnownPeers {
  readonly #forgetNs: number;
  #young = new Set<number | string>();
  #old = new Set<number | string>();
  #turnNs: number;

  constructor(forgetNs: number, startNs: number) {
    this.#forgetNs = forgetNs;
    this.#turnNs = startNs + forgetNs;
  }

  /** A datagram of a peer arrived. @returns whether it is known; a peer that is not must be added */
  touch(key: number | string, nowNs: number): boolean {
    while (nowNs >= this.#turnNs) {
      this.#old = this.#young;
      this.#young = new Set();
      this.#turnNs += this.#forgetNs;
      if (this.#old.size === 0) this.#turnNs = Math.max(this.#turnNs, nowNs + this.#forgetNs);
    }
    if (this.#young.has(key)) return true;
    if (!this.#old.has(key)) return false;
    this.#young.add(key);
    return true;
  }

  add(key: number | string): void {
    this.#young.add(key);
  }
}

/**
 * How many unknown peers a server admits: a rate per second, with a burst of at most one second's worth
 * after a time without.
 */
export class NewPeers {
  readonly #perSecond: number;
  #left: number;
  #atNs: number;

  /** @param perSecond > 0, or null: no limit */
  constructor(perSecond: number | null, startNs: number) {
    this.#perSecond = perSecond ?? Number.POSITIVE_INFINITY;
    this.#left = Math.max(1, this.#perSecond);
    this.#atNs = startNs;
  }

  /** Another unknown peer is there. @returns whether it is admitted */
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
