import { assert } from "../base/assert.ts";
import { constantRateNs } from "./constant.ts";
import { areaUnder, maxRatePerSecond, type RateCurve, snapToInteger } from "./rate-curve.ts";

/** One linear ramp: a scenario's stage. */
export interface Stage {
  /** ns, >= 0; 0 is a jump to the rate. */
  readonly durationNs: number;
  /** Rate at the end, 1/s; the next stage starts with it. */
  readonly ratePerSecond: number;
}

/**
 * Creates the curve of a rate that changes linearly from stage to stage.
 *
 * Stages without arrivals (jumps, pauses) are left out of the tables; times then skip them.
 *
 * @param startRatePerSecond rate at the start of the first stage, 1/s
 * @param stages             rates 0 to maxRatePerSecond, durations finite
 */
export function createStageCurve(startRatePerSecond: number, stages: readonly Stage[]): RateCurve {
  checkRate(startRatePerSecond);
  // One element per stage with arrivals: start and length in time, start in area, rates at both ends.
  const beginNs = new Float64Array(stages.length);
  const lengthNs = new Float64Array(stages.length);
  const beginArea = new Float64Array(stages.length + 1);
  const fromRate = new Float64Array(stages.length);
  const toRate = new Float64Array(stages.length);

  let kept = 0;
  let durationNs = 0;
  let area = 0;
  let rate = startRatePerSecond;
  for (const stage of stages) {
    checkRate(stage.ratePerSecond);
    assert(stage.durationNs >= 0 && stage.durationNs < Infinity, "a stage's duration is finite");
    const areaAfter = snapToInteger(area + areaUnder(rate, stage.ratePerSecond, stage.durationNs));
    if (areaAfter > area) {
      beginNs[kept] = durationNs;
      lengthNs[kept] = stage.durationNs;
      beginArea[kept] = area;
      fromRate[kept] = rate;
      toRate[kept] = stage.ratePerSecond;
      kept++;
    }
    durationNs += stage.durationNs;
    area = areaAfter;
    rate = stage.ratePerSecond;
    beginArea[kept] = area;
  }

  return { durationNs, area, timeNs, areaAt };

  function timeNs(at: number): number {
    if (!(at < area)) return Infinity;
    const stage = lastNotAbove(beginArea, kept, at);
    const begin = beginNs[stage] as number;
    const from = beginArea[stage] as number;
    const to = beginArea[stage + 1] as number;
    const withinNs = rampNs(
      at - from,
      to - from,
      fromRate[stage] as number,
      toRate[stage] as number,
      lengthNs[stage] as number,
    );
    return Math.round(begin + Math.min(withinNs, lengthNs[stage] as number));
  }

  function areaAt(elapsedNs: number): number {
    const stage = lastNotAbove(beginNs, kept, elapsedNs);
    if (stage < 0) return 0;
    const length = lengthNs[stage] as number;
    const within = Math.min(elapsedNs - (beginNs[stage] as number), length);
    const from = fromRate[stage] as number;
    const reached = from + (((toRate[stage] as number) - from) * within) / length;
    return Math.min((beginArea[stage] as number) + areaUnder(from, reached, within), area);
  }
}

/**
 * Returns the time within a linear ramp at which `area` of its `wholeArea` is reached.
 *
 * The area from rate a with slope k is a t + k t^2 / 2; solved for t in the form 2 A / (a + b) with b
 * the rate reached. It subtracts nothing, so it is accurate from rate 0 up and for slopes near 0, where
 * the textbook formula (b - a) / k loses every digit. For the same reason b is computed from the slower
 * end: b^2 = a^2 + 2 k A on the way up, and back from the end rate on the way down.
 *
 * @param area      arrivals, 0 to wholeArea
 * @param from      rate at the start, 1/s
 * @param to        rate at the end, 1/s; not both 0
 * @param lengthNs  the ramp's length, ns, > 0
 * @returns         ns, an integer only for a constant rate
 */
function rampNs(
  area: number,
  wholeArea: number,
  from: number,
  to: number,
  lengthNs: number,
): number {
  if (area <= 0) return 0;
  if (from === to) return constantRateNs(area, from);
  const slope = ((to - from) / lengthNs) * 1e9;
  const reachedSquared =
    slope > 0 ? from * from + 2 * slope * area : to * to - 2 * slope * (wholeArea - area);
  return ((2 * area) / (from + Math.sqrt(reachedSquared))) * 1e9;
}

/** Returns the index of the last of the first `length` elements (ascending) that is <= value; -1 for none. */
function lastNotAbove(ascending: Float64Array, length: number, value: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function checkRate(ratePerSecond: number): void {
  assert(ratePerSecond >= 0 && ratePerSecond <= maxRatePerSecond, "rates are 0 to 1e9 per second");
}
