import { doubleZero } from "../../base/v8-double.ts";

/** Why a worker paused, where that is known; see agent/pauses.ts. */
export const pauseCauses = ["stopped", "steal", "cpu", "gc", "input", "unknown"] as const;
export type PauseCause = (typeof pauseCauses)[number];

/** A span in which a worker of the load generator did not turn; monotonic clock, ns. */
export interface Pause {
  readonly worker: number;
  readonly fromNs: number;
  readonly toNs: number;
  readonly cause: PauseCause;
}

/**
 * What the recorders of a worker know of its pauses. The worker's loop keeps it; an exchange that a pause, or the
 * backlog of one, may have delayed is recorded twice.
 */
export class Disturbance {
  /** The end of the last pause or, while its backlog lasts, now: what was due until then is disturbed. */
  untilNs = Number.NEGATIVE_INFINITY;
  /** What is handed out after this time was held up by a pause that has not been noted yet. */
  lateFromNs = Number.POSITIVE_INFINITY;
  /** Time of all pauses and their backlogs so far, ns. */
  totalNs = doubleZero;
  /** Whether the worker had no time to spare in the interval that ends. */
  saturated = false;
  /** Notes a pause that ends now: sets `untilNs`, and `lateFromNs` to Infinity. */
  onLate: (nowNs: number) => void = () => {};

  /**
   * Returns whether the time of an exchange that ends now meets a pause or its backlog. The first that is handed out
   * after a pause comes before the loop's own look at the clock.
   *
   * @cost two comparisons
   */
  meets(intendedNs: number, nowNs: number): boolean {
    if (nowNs > this.lateFromNs) this.onLate(nowNs);
    return intendedNs <= this.untilNs;
  }
}
