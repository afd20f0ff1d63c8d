/**
 * A rate over time, and the area under it: the number of arrivals expected since the begin. Every
 * schedule is a rule that says at which areas its arrivals lie (at 0, 1, 2, ... or at random), over
 * a curve that turns areas into times.
 */
export interface RateCurve {
  /** Infinity for a curve without an end. */
  readonly durationNs: number;
  /** Area under the whole curve, arrivals; Infinity without an end. */
  readonly area: number;
  /**
   * The last time at which the area is still `area`. Where the rate is 0 the area stands still: an
   * arrival that falls there waits for the end of the pause and never lies inside it.
   *
   * @param area arrivals, >= 0
   * @returns    ns since begin, an integer, non-decreasing in `area`; Infinity from `this.area` on
   * @cost       O(log stages), no allocation
   */
  timeNs(area: number): number;
  /** Area up to `elapsedNs`, >= 0; the inverse of `timeNs` but for rounding. */
  areaAt(elapsedNs: number): number;
}

/** The largest rate that schedules take, 1/s: one arrival per ns, the finest that times can tell apart. */
export const maxRatePerSecond = 1e9;

/**
 * Arrivals of a linear ramp: the area of a trapezium.
 *
 * Whole seconds are taken apart from the rest, so that whole rates give exact areas.
 *
 * @param fromPerSecond rate at the begin, 1/s, >= 0
 * @param toPerSecond   rate at the end, 1/s, >= 0
 * @param durationNs    ns, >= 0, finite
 */
export function areaUnder(fromPerSecond: number, toPerSecond: number, durationNs: number): number {
  const sum = fromPerSecond + toPerSecond;
  const restNs = durationNs % 1e9;
  const seconds = Math.round((durationNs - restNs) / 1e9);
  return (sum * seconds + (sum * restNs) / 1e9) / 2;
}

/**
 * The nearest integer where only rounding errors lie between.
 *
 * Rates such as 8.3/s have no exact binary form: 30 s of them come to 249.00000000000003. Without
 * this, arrival 249 would stand at the end of that stage and not at the begin of the next.
 */
export function snapToInteger(area: number): number {
  const nearest = Math.round(area);
  return Math.abs(area - nearest) <= area * 2 ** -50 ? nearest : area;
}
