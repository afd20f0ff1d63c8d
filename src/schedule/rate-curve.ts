/**
 * A rate over time, and the area under it: the number of arrivals expected since the start. A schedule
 * is a rule for the areas of its arrivals (0, 1, 2, ... or random), over a curve that converts areas
 * to times.
 */
export interface RateCurve {
  /** Infinity for a curve without an end. */
  readonly durationNs: number;
  /** Area under the whole curve, arrivals; Infinity without an end. */
  readonly area: number;
  /**
   * Returns the last time at which the area is still `area`. While the rate is 0 the area does not grow:
   * an arrival that falls there comes at the end of the pause, never inside it.
   *
   * @param area arrivals, >= 0
   * @returns    ns since the start, an integer, non-decreasing in `area`; Infinity from `this.area` on
   * @cost       O(log stages), no allocation
   */
  timeNs(area: number): number;
  /** Returns the area up to `elapsedNs`, >= 0; the inverse of `timeNs` except for rounding. */
  areaAt(elapsedNs: number): number;
}

/** The highest rate of a schedule, 1/s: one arrival per ns, the resolution of times. */
export const maxRatePerSecond = 1e9;

/**
 * Returns the arrivals of a linear ramp: the area of a trapezium.
 *
 * Whole seconds are computed separately from the rest, so that integer rates give exact areas.
 *
 * @param fromPerSecond rate at the start, 1/s, >= 0
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
 * Returns the nearest integer if only a rounding error separates it from `area`, else `area`.
 *
 * Rates such as 8.3/s have no exact binary form: 30 s of them sum to 249.00000000000003. Without
 * this, arrival 249 would be at the end of that stage and not at the start of the next.
 */
export function snapToInteger(area: number): number {
  const nearest = Math.round(area);
  return Math.abs(area - nearest) <= area * 2 ** -50 ? nearest : area;
}
