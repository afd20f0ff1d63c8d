import { assert } from "../base/assert.ts";
import type { Schedule } from "./schedule.ts";

/** One worker's portion of a schedule, itself a schedule whose arrivals are numbered from 0. */
export interface SchedulePortion extends Schedule {
  /** Returns the number that this portion's arrival i has in the whole schedule. */
  globalIndex(i: number): number;
}

/**
 * Returns how many of the numbers 0 to `total - 1` belong to a portion: those n with n mod ofPortions = portion.
 *
 * @param total integer >= 0, or Infinity
 * @returns     the sum over all portions is `total`, exactly
 */
export function portionOf(total: number, portion: number, ofPortions: number): number {
  return Math.max(0, Math.ceil((total - portion) / ofPortions));
}

/**
 * Creates the schedule of the arrivals n with n mod ofPortions = portion.
 *
 * @param portion    integer, 0 to ofPortions - 1
 * @param ofPortions integer >= 1
 * @cost             that of the schedule
 */
export function createPortion(
  schedule: Schedule,
  portion: number,
  ofPortions: number,
): SchedulePortion {
  assert(Number.isInteger(ofPortions) && ofPortions >= 1, "ofPortions is an integer, 1 or more");
  assert(
    Number.isInteger(portion) && portion >= 0 && portion < ofPortions,
    "portion is 0 to ofPortions - 1",
  );
  return {
    count: portionOf(schedule.count, portion, ofPortions),
    durationNs: schedule.durationNs,
    globalIndex: (i) => portion + i * ofPortions,
    intendedNs: (i) => schedule.intendedNs(portion + i * ofPortions),
    due: (elapsedNs) => portionOf(schedule.due(elapsedNs), portion, ofPortions),
  };
}
