/**
 * When a server pauses: the k-th pause, k = 1, 2, ..., is [k * every - for, k * every) after its start.
 */
export class Pause {
  readonly #startNs: number;
  readonly #everyNs: number;
  readonly #forNs: number;

  /**
   * @param startNs when the server started, monotonic clock
   * @param times   forNs <= everyNs
   */
  constructor(startNs: number, times: { readonly everyNs: number; readonly forNs: number }) {
    this.#startNs = startNs;
    this.#everyNs = times.everyNs;
    this.#forNs = times.forNs;
  }

  /**
   * Returns when the server gets to what reaches it now: at once, or at the end of the current pause.
   *
   * @returns ns, >= nowNs, non-decreasing in nowNs, so that waiting data stays in order
   */
  releaseNs(nowNs: number): number {
    const sinceNs = (nowNs - this.#startNs) % this.#everyNs;
    return sinceNs < this.#everyNs - this.#forNs ? nowNs : nowNs - sinceNs + this.#everyNs;
  }

  /** Returns the end of the current or next pause, ns, > nowNs. */
  nextEndNs(nowNs: number): number {
    return nowNs - ((nowNs - this.#startNs) % this.#everyNs) + this.#everyNs;
  }
}
