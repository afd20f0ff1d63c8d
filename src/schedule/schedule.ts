/**
 * When to send: a pure function of the arrival's number, no state and no clock.
 *
 * Times are ns since the schedule's start. Worker w of W takes the arrivals n with n mod W = w;
 * the portions sum exactly to `count`.
 */
export interface Schedule {
  /** Total arrivals, integer; Infinity for a schedule without an end. */
  readonly count: number;
  /** The schedule's length; Infinity without an end. */
  readonly durationNs: number;
  /**
   * Returns the intended send time of arrival n.
   *
   * @param n integer >= 0
   * @returns ns since the start, non-decreasing in n; Infinity for n >= count
   */
  intendedNs(n: number): number;
  /** Returns how many arrivals have an intended time <= elapsedNs: the inverse of `intendedNs`. */
  due(elapsedNs: number): number;
}
