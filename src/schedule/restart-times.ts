/** When a server is restarted, counted from the run's zero. */
export interface RestartTimes {
  /** Ascending, ns, > 0; empty with `everyNs`. */
  readonly atNs: readonly number[];
  /** Again and again after that time, ns; null with `atNs`. */
  readonly everyNs: number | null;
}

/**
 * How long before a restart the measuring of it begins: whoever does so in a worker must have seen
 * the moment pass before the server does anything.
 */
const noticeNs = 100e6;

/** When restart number `index` begins, counted from the run's zero; Infinity behind the last. */
export function restartNs({ atNs, everyNs }: RestartTimes, index: number): number {
  if (everyNs !== null) return everyNs * (index + 1);
  return atNs[index] ?? Number.POSITIVE_INFINITY;
}

/**
 * The restarts of a server on the clock, from the moment when the run's zero is known.
 *
 * What happens belongs to the restart that was announced last: from 100 ms before it begins until 100
 * ms before the next one. Times are of the monotonic clock, ns.
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

  /** Told once; again with the same time does nothing. */
  begin(zeroNs: number): void {
    if (this.#zeroNs === zeroNs) return;
    this.#zeroNs = zeroNs;
    this.#nextNs = this.announcedAt(0);
  }

  /** When restart number `index` begins; Infinity where it is not known or never comes. */
  beginsAt(index: number): number {
    return this.#zeroNs + restartNs(this.#times, index);
  }

  /** From when on its time is measured: never before the run's zero. */
  announcedAt(index: number): number {
    return Math.max(this.#zeroNs, this.beginsAt(index) - noticeNs);
  }

  /**
   * When the last restart before `nowNs` was announced, -Infinity where none was.
   *
   * @param nowNs never earlier than in the call before
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

  /** When the next one is announced; as of the last `lastAnnouncedNs`. */
  get nextAnnouncedNs(): number {
    return this.#nextNs;
  }

  /**
   * Number of the restart to which a part of the run belongs, -1 for what came before the first.
   *
   * A part that spans the begin of one belongs to it even if it began before its announcement: what
   * a late worker counted must not look as if there had been no restart.
   */
  indexOf(fromNs: number, toNs: number): number {
    let index = -1;
    while (this.announcedAt(index + 1) <= fromNs || this.beginsAt(index + 1) < toNs) index++;
    return index;
  }
}
