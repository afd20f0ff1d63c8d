/**
 * The verdict on one metric. Shifts are in logarithms and harmful ones positive; T is the tolerance, F the
 * larger of T and the noise floor.
 *
 *     | p (Holm) < alpha | interval          | verdict      |
 *     | ---------------- | ----------------- | ------------ |
 *     | yes              | low > F           | fail         |
 *     | yes              | high < -F         | improved     |
 *     | any              | high <= T         | pass         |
 *     | any              | else              | inconclusive |
 *
 * A noisy baseline raises what it takes to fail, never what it takes to pass.
 */
import { probit } from "simple-statistics";
import type { Interval } from "./interval.ts";
import { smallestP } from "./rank-test.ts";

export type TestVerdict = "fail" | "improved" | "pass" | "inconclusive";

export interface Evidence {
  /** Of the shift, positive: worse. */
  readonly harm: Interval;
  readonly correctedP: number;
  readonly alpha: number;
  /** In logarithms. */
  readonly tolerance: number;
  readonly noiseFloor: number | null;
}

export function judge(evidence: Evidence): TestVerdict {
  const { harm, correctedP, alpha, tolerance } = evidence;
  const threshold = thresholdOf(evidence);
  if (correctedP < alpha && harm.low > threshold) return "fail";
  if (correctedP < alpha && harm.high < -threshold) return "improved";
  return harm.high <= tolerance ? "pass" : "inconclusive";
}

/** How large a shift must be to count. */
export function thresholdOf({
  tolerance,
  noiseFloor,
}: Pick<Evidence, "tolerance" | "noiseFloor">): number {
  return Math.max(tolerance, noiseFloor ?? 0);
}

/** More than that nobody waits for. */
const mostRuns = 200;
const power = 0.8;

/**
 * How many runs a side would tell with a chance of 80 %, should the shift and the scatter be what they look like:
 * an interval, and the noise floor, shrink with the root of their number.
 *
 * @param runs of the smaller side now
 * @returns    null where it would take more than 200
 */
export function runsToDecide(evidence: Evidence, runs: number, tests: number): number | null {
  const { harm, alpha, tolerance, noiseFloor } = evidence;
  const isWorse = harm.shift > tolerance;
  const reach = isWorse ? harm.shift - harm.low : harm.high - harm.shift;
  const distance = Math.abs(harm.shift - tolerance);
  const aboveFloor = isWorse ? (reach + (noiseFloor ?? 0)) / harm.shift : 0;
  const z = probit(1 - alpha / 2);
  const factor = (Math.max(reach / distance, aboveFloor) * (z + probit(power))) / z;
  const needed = Math.max(Math.ceil(runs * factor ** 2), leastRuns(tests, alpha), runs + 1);
  return Number.isFinite(needed) && needed <= mostRuns ? needed : null;
}

/** The least runs a side with which the first of so many tests can be below alpha at all. */
export function leastRuns(tests: number, alpha: number): number {
  let n = 1;
  while (!canFail(n, n, tests, alpha)) n++;
  return n;
}

/** Whether a difference, however large, could be told from chance. */
export function canFail(n: number, m: number, tests: number, alpha: number): boolean {
  return smallestP(n, m) * tests < alpha;
}
