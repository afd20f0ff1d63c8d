import { assert } from "../base/assert.ts";
import { doubleZero } from "../base/v8-double.ts";
import { areaUnder, maxRatePerSecond, type RateCurve, snapToInteger } from "./rate-curve.ts";
import type { Schedule } from "./schedule.ts";

/**
 * Returns the time that a constant rate takes for `arrivals`, rounded to the nearest ns.
 *
 * Whole seconds and the rest are divided separately: `arrivals * 1e9 / rate` exceeds the integers that a
 * double can represent after 9 million arrivals and is off by 500 ns after a week at 100,000/s. The
 * remainder of doubles is exact, so no error accumulates, however large `arrivals` is.
 *
 * @param arrivals      >= 0, up to 2^53
 * @param ratePerSecond 1/s, > 0
 * @returns             ns, an integer
 */
export function constantRateNs(arrivals: number, ratePerSecond: number): number {
  const rest = arrivals % ratePerSecond;
  const seconds = Math.round((arrivals - rest) / ratePerSecond);
  // In doubles from the first arrival on: 32-bit integers last for two seconds only.
  return (seconds + doubleZero) * 1e9 + Math.round((rest * 1e9) / ratePerSecond);
}

/**
 * Creates the curve of a rate that never changes.
 *
 * @param ratePerSecond 1/s, 0 to maxRatePerSecond
 * @param durationNs    ns, >= 0, or Infinity
 */
export function createConstantCurve(ratePerSecond: number, durationNs: number): RateCurve {
  assert(ratePerSecond >= 0 && ratePerSecond <= maxRatePerSecond, "rate is 0 to 1e9 per second");
  assert(durationNs >= 0, "durationNs is 0 or more");
  const area = totalArea(ratePerSecond, durationNs);
  return {
    durationNs,
    area,
    timeNs: (at) => (at < area ? constantRateNs(at, ratePerSecond) : Infinity),
    areaAt: (elapsedNs) => Math.min(area, (elapsedNs * ratePerSecond) / 1e9),
  };
}

function totalArea(ratePerSecond: number, durationNs: number): number {
  if (ratePerSecond === 0) return 0;
  if (durationNs === Infinity) return Infinity;
  return snapToInteger(areaUnder(ratePerSecond, ratePerSecond, durationNs));
}

/**
 * Creates a schedule of evenly spaced arrivals: arrival n where the area under the rate is n, the first
 * at area 0.
 *
 * So 1 s at 1000/s has exactly 1000 arrivals, at 0, 1, ... 999 ms; the one at 1000 ms is the first
 * of the next second, and does not exist where the schedule ends there.
 */
export function createEvenSchedule(curve: RateCurve): Schedule {
  const { durationNs } = curve;
  let count = Math.ceil(curve.area);
  // A time just before the end may round to it.
  while (count > 0 && count < Infinity && curve.timeNs(count - 1) >= durationNs) count--;

  return { count, durationNs, intendedNs, due };

  function intendedNs(n: number): number {
    return n < count ? curve.timeNs(n) : Infinity;
  }

  function due(elapsedNs: number): number {
    if (elapsedNs < 0) return 0;
    if (elapsedNs >= durationNs) return count;
    // Times are rounded, so arrivals up to half a ns later count as well; the steps correct the last digit.
    let n = Math.min(count, Math.floor(curve.areaAt(elapsedNs + 0.5)) + 1);
    while (n > 0 && intendedNs(n - 1) > elapsedNs) n--;
    while (n < count && intendedNs(n) <= elapsedNs) n++;
    return n;
  }
}
