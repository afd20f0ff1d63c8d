import { assert } from "../base/assert.ts";
import { doubleZero } from "../base/double-zero.ts";
import { areaUnder, maxRatePerSecond, type RateCurve, snapToInteger } from "./rate-curve.ts";

/**
 * Time that a constant rate takes for `arrivals`, rounded to the nearest ns.
 *
 * Whole seconds and the rest are divided apart: `arrivals * 1e9 / rate` leaves the integers that a
 * double holds after 9 million arrivals and is off by 500 ns after a week at 100,000/s. The
 * remainder of doubles is exact, so nothing adds up here, however large `arrivals` is.
 *
 * @param arrivals      >= 0, up to 2^53
 * @param ratePerSecond 1/s, > 0
 * @returns             ns, an integer
 */
export function constantRateNs(arrivals: number, ratePerSecond: number): number {
  const rest = arrivals % ratePerSecond;
  const seconds = Math.round((arrivals - rest) / ratePerSecond);
  // In doubles from the first arrival on: integers of 32 bits last for two seconds.
  return (seconds + doubleZero) * 1e9 + Math.round((rest * 1e9) / ratePerSecond);
}

/**
 * A rate that never changes.
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
