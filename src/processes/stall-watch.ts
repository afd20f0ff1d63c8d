/** How long something may stand still before it is taken for hung. */
export const stallLimitNs = 5e9;

/** How often to look, and how much time one look counts at most. */
export const stallLookMs = 250;
const mostPerLookNs = 500e6;

/** Of time in which what is watched waited for a CPU this ratio counts: an endless loop waits for one as well. */
const waitingRatio = 0.25;

/**
 * Finds what stands still.
 *
 * Only time in which the watcher itself ran counts: a machine that was suspended, a process group that was
 * stopped by Ctrl-Z, or a machine without a free CPU delays the watcher as well as what it watches, and then
 * nothing is hung. So something is hung after no less than ten looks. A watcher that sleeps nearly all the time gets a
 * CPU at once where what has much to do waits in turn: what it waited counts for a quarter.
 *
 * Pure: it is given the times.
 */
export class StallWatch<Key> {
  readonly #still = new Map<Key, { progress: number; ns: number; waitedNs: number | null }>();
  #lookedNs: number;

  constructor(nowNs: number) {
    this.#lookedNs = nowNs;
  }

  /**
   * Looks once.
   *
   * @param progress how far each has come, any number that changes; null: it is not to be watched now
   * @param waitedNs how long one of them has waited for a CPU so far, called for those that stand still; null: not known
   * @returns        what has stood still for the limit, once each: it is watched anew from here on
   */
  look(
    nowNs: number,
    progress: Iterable<readonly [Key, number | null]>,
    waitedNs: (key: Key) => number | null = () => null,
  ): Key[] {
    const passedNs = Math.min(mostPerLookNs, nowNs - this.#lookedNs);
    this.#lookedNs = nowNs;
    const hung: Key[] = [];
    for (const [key, now] of progress) {
      const before = this.#still.get(key);
      if (now === null) this.#still.delete(key);
      else if (before === undefined || before.progress !== now) {
        this.#still.set(key, { progress: now, ns: 0, waitedNs: null });
      } else {
        const waited = waitedNs(key);
        const since =
          waited === null || before.waitedNs === null ? 0 : Math.max(0, waited - before.waitedNs);
        before.ns += Math.max(waitingRatio * passedNs, passedNs - since);
        before.waitedNs = waited;
        if (before.ns < stallLimitNs) continue;
        this.#still.delete(key);
        hung.push(key);
      }
    }
    return hung;
  }
}
