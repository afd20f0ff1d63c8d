import { doubleZero } from "../../base/v8-double.ts";

/** Why a worker paused, where that is known; see pauses.ts. */
export const pauseCauses = ["stopped", "steal", "cpu", "gc", "input", "unknown"] as const;
export type PauseCause = (typeof pauseCauses)[number];

/** A span in which a worker of the load generator did not turn; monotonic clock, ns. */
export interface Pause {
  readonly worker: number;
  readonly fromNs: number;
  readonly toNs: number;
  readonly cause: PauseCause;
}

/** Indexes of `Disturbance.momentsNs`. */
export const untilAt = 0;
export const lateFromAt = 1;

/**
 * What the recorders of a worker know of its pauses. The worker's loop keeps it; an exchange that a pause, or the
 * backlog of one, may have delayed is recorded twice.
 */
export class Disturbance {
  /**
   * Looked at with every reply: in an array, as V8 makes an object of each number that is given to a function.
   *
   * - `untilAt`: the end of the last pause or, while its backlog lasts, now: what was due until then is disturbed
   * - `lateFromAt`: what is handed out after this time was held up by a pause that has not been noted yet
   */
  readonly momentsNs = Float64Array.of(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
  /** Time of all pauses and their backlogs so far, ns. */
  totalNs = doubleZero;
  /** Whether the worker had no time to spare in the interval that ends. */
  saturated = false;
  /** Notes a pause that ends now: sets `untilNs`, and `lateFromNs` to Infinity. */
  onLate: (nowNs: number) => void = () => {};

  get untilNs(): number {
    return this.momentsNs[untilAt] as number;
  }

  set untilNs(ns: number) {
    this.momentsNs[untilAt] = ns;
  }

  get lateFromNs(): number {
    return this.momentsNs[lateFromAt] as number;
  }

  set lateFromNs(ns: number) {
    this.momentsNs[lateFromAt] = ns;
  }

  /**
   * Returns whether the time of an exchange that ends now meets a pause or its backlog. The first that is handed out
   * after a pause comes before the loop's own look at the clock.
   */
  meets(intendedNs: number, nowNs: number): boolean {
    if (nowNs > this.lateFromNs) this.onLate(nowNs);
    return intendedNs <= this.untilNs;
  }
}
