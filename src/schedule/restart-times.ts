/** When a server is restarted, counted from the run's zero. */
export interface RestartTimes {
  /** Ascending, ns, > 0; empty with `everyNs`. */
  readonly atNs: readonly number[];
  /** Period of repeated restarts, ns; null with `atNs`. */
  readonly everyNs: number | null;
}

/**
 * How long before a restart its measurement starts: a worker must have taken its snapshot before the server does
 * anything.
 */
const noticeNs = 100e6;

/** Returns when restart number `index` starts, counted from the run's zero; Infinity past the last. */
export function restartNs({ atNs, everyNs }: RestartTimes, index: number): number {
  if (everyNs !== null) return everyNs * (index + 1);
  return atNs[index] ?? Number.POSITIVE_INFINITY;
}

/**
 * The restarts of a server as clock times, once the run's zero is known.
 *
 * Events belong to the restart that was announced last: from 100 ms before it starts until 100 ms
 * before the next one. Times are of the monotonic clock, ns.
 */
export class RestartClock {
  readonly #times: RestartTimes;
  #zeroNs = Number.POSITIVE_INFINITY;
  /** Number of the restart to be announced next, and when. */
  #next = 0;
  #nextNs = Number.POSITIVE_INFINITY;
  #announcedNs = Number.NEGATIVE_INFINITY;

  constructor(times: RestartTimes) {
    this.#times = times;
  }

  /** Sets the run's zero; a second call with the same time does nothing. */
  begin(zeroNs: number): void {
    if (this.#zeroNs === zeroNs) return;
    this.#zeroNs = zeroNs;
    this.#nextNs = this.announcedAt(0);
  }

  /** Returns when restart number `index` starts; Infinity where it is not known or never happens. */
  beginsAt(index: number): number {
    return this.#zeroNs + restartNs(this.#times, index);
  }

  /** Returns the time from which the restart is measured: never before the run's zero. */
  announcedAt(index: number): number {
    return Math.max(this.#zeroNs, this.beginsAt(index) - noticeNs);
  }

  /**
   * Returns when the last restart before `nowNs` was announced; -Infinity where none was.
   *
   * @param nowNs never earlier than in the previous call
   * @cost  one comparison while nothing changes; no allocation
   */
  lastAnnouncedNs(nowNs: number): number {
    while (nowNs >= this.#nextNs) {
      this.#announcedNs = this.#nextNs;
      this.#next++;
      this.#nextNs = this.announcedAt(this.#next);
    }
    return this.#announcedNs;
  }

  /** When the next restart is announced, as of the last call of `lastAnnouncedNs`. */
  get nextAnnouncedNs(): number {
    return this.#nextNs;
  }

  /**
   * Returns the number of the restart to which a part of the run belongs; -1 for a part before the first.
   *
   * A part that spans the start of a restart belongs to it even if it began before the announcement: the
   * counts of a late worker must not look as if there had been no restart.
   */
  indexOf(fromNs: number, toNs: number): number {
    let index = -1;
    while (this.announcedAt(index + 1) <= fromNs || this.beginsAt(index + 1) < toNs) index++;
    return index;
  }
}
