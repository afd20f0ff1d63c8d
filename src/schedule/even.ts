import type { RateCurve } from "./rate-curve.ts";
import type { Schedule } from "./schedule.ts";

/**
 * Evenly spaced arrivals: arrival n where the area under the rate is n, the first at area 0.
 *
 * So 1 s at 1000/s has exactly 1000 arrivals, at 0, 1, ... 999 ms; the one at 1000 ms is the first
 * of the next second, and is none where the schedule ends there.
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
    // Times are rounded, so arrivals up to half a ns later count as well; the steps mend the last digit.
    let n = Math.min(count, Math.floor(curve.areaAt(elapsedNs + 0.5)) + 1);
    while (n > 0 && intendedNs(n - 1) > elapsedNs) n--;
    while (n < count && intendedNs(n) <= elapsedNs) n++;
    return n;
  }
}
