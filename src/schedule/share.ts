import { assert } from "../base/assert.ts";
import type { Schedule } from "./schedule.ts";

/** One worker's part of a schedule, itself a schedule whose arrivals are numbered from 0. */
export interface ScheduleShare extends Schedule {
  /** Number in the whole schedule of this share's arrival i. */
  globalIndex(i: number): number;
}

/**
 * How many of the numbers 0 to `total - 1` belong to a share: those n with n mod ofShares = share.
 *
 * @param total integer >= 0, or Infinity
 * @returns     the sum over all shares is `total`, exactly
 */
export function shareOf(total: number, share: number, ofShares: number): number {
  return Math.max(0, Math.ceil((total - share) / ofShares));
}

/**
 * The arrivals n of a schedule with n mod ofShares = share.
 *
 * @param share    integer, 0 to ofShares - 1
 * @param ofShares integer >= 1
 * @cost           that of the schedule
 */
export function createShare(schedule: Schedule, share: number, ofShares: number): ScheduleShare {
  assert(Number.isInteger(ofShares) && ofShares >= 1, "ofShares is an integer, 1 or more");
  assert(Number.isInteger(share) && share >= 0 && share < ofShares, "share is 0 to ofShares - 1");
  return {
    count: shareOf(schedule.count, share, ofShares),
    durationNs: schedule.durationNs,
    globalIndex: (i) => share + i * ofShares,
    intendedNs: (i) => schedule.intendedNs(share + i * ofShares),
    due: (elapsedNs) => shareOf(schedule.due(elapsedNs), share, ofShares),
  };
}
