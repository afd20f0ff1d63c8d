import { assert } from "../base/assert.ts";
import type { Schedule } from "./schedule.ts";

/**
 * Which numbers 0, 1, 2, ... belong to one worker: those n with (n mod cycle) mod ofPortions = portion.
 *
 * With the workload's connections as the cycle, a worker that has one connection more than another also has one
 * arrival more of each cycle, so that the load is even over connections, whatever the number of workers.
 */
export interface PortionOf {
  /** Integer, 0 to ofPortions - 1. */
  readonly portion: number;
  /** Integer >= 1. */
  readonly ofPortions: number;
  /** Integer >= ofPortions; a multiple of it gives each portion the same. */
  readonly cycle: number;
}

/** One worker's portion of a schedule, itself a schedule whose arrivals are numbered from 0. */
export interface SchedulePortion extends Schedule {
  /** Returns the number that this portion's arrival i has in the whole schedule. */
  globalIndex(i: number): number;
}

/**
 * Returns how many of the numbers 0 to `total - 1` belong to a portion.
 *
 * @param total integer >= 0, or Infinity
 * @returns     the sum over all portions is `total`, exactly
 */
export function portionOf(total: number, { portion, ofPortions, cycle }: PortionOf): number {
  if (total === Number.POSITIVE_INFINITY) return total;
  const each = inFirst(cycle, portion, ofPortions);
  return Math.floor(total / cycle) * each + inFirst(total % cycle, portion, ofPortions);
}

/** Returns a function that gives the number which a portion's i-th has among all: i = 0, 1, 2, ... in order. */
export function globalIndexOf({ portion, ofPortions, cycle }: PortionOf): (i: number) => number {
  if (cycle % ofPortions === 0) return (i) => portion + i * ofPortions;
  const each = inFirst(cycle, portion, ofPortions);
  return (i) => Math.floor(i / each) * cycle + portion + (i % each) * ofPortions;
}

/** How many of 0 to `count - 1` leave the remainder `portion` when divided by `ofPortions`. */
function inFirst(count: number, portion: number, ofPortions: number): number {
  return Math.max(0, Math.ceil((count - portion) / ofPortions));
}

/**
 * Creates the schedule of a portion's arrivals.
 *
 * @cost that of the schedule
 */
export function createPortion(schedule: Schedule, of: PortionOf): SchedulePortion {
  const { portion, ofPortions, cycle } = of;
  assert(Number.isInteger(ofPortions) && ofPortions >= 1, "ofPortions is an integer, 1 or more");
  assert(
    Number.isInteger(portion) && portion >= 0 && portion < ofPortions,
    "portion is 0 to ofPortions - 1",
  );
  assert(Number.isInteger(cycle) && cycle >= ofPortions, "a cycle has a place for each portion");
  const globalIndex = globalIndexOf(of);
  return {
    count: portionOf(schedule.count, of),
    durationNs: schedule.durationNs,
    globalIndex,
    intendedNs: (i) => schedule.intendedNs(globalIndex(i)),
    due: (elapsedNs) => portionOf(schedule.due(elapsedNs), of),
  };
}
