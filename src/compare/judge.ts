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
 * A noisy baseline raises the threshold to fail, never the one to pass.
 */
import { probit } from "simple-statistics";
import type { Interval } from "./interval.ts";
import type { Design } from "./pairs.ts";
import { smallestP } from "./rank-test.ts";
import { smallestPairedP } from "./signed-rank-test.ts";

export type TestVerdict = "fail" | "improved" | "pass" | "inconclusive";

export interface Evidence {
  /** Interval of the shift; positive: worse. */
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

/** Returns how large a shift must be to count. */
export function thresholdOf({
  tolerance,
  noiseFloor,
}: Pick<Evidence, "tolerance" | "noiseFloor">): number {
  return Math.max(tolerance, noiseFloor ?? 0);
}

/** More runs than this take too long to be useful advice. */
const mostRuns = 200;
const power = 0.8;

/**
 * Returns how many runs per side would decide with a probability of 80 %, if shift and scatter are as observed:
 * an interval, and the noise floor, shrink with the square root of that number.
 *
 * @param runs current number of the smaller side
 * @returns    null where more than 200 would be needed
 */
export function runsToDecide(
  evidence: Evidence,
  runs: number,
  tests: number,
  design: Design = "independent",
): number | null {
  const { harm, alpha, tolerance, noiseFloor } = evidence;
  const isWorse = harm.shift > tolerance;
  const reach = isWorse ? harm.shift - harm.low : harm.high - harm.shift;
  const distance = Math.abs(harm.shift - tolerance);
  const aboveFloor = isWorse ? (reach + (noiseFloor ?? 0)) / harm.shift : 0;
  const z = probit(1 - alpha / 2);
  const factor = (Math.max(reach / distance, aboveFloor) * (z + probit(power))) / z;
  const needed = Math.max(Math.ceil(runs * factor ** 2), leastRuns(tests, alpha, design), runs + 1);
  return Number.isFinite(needed) && needed <= mostRuns ? needed : null;
}

/** Returns the fewest runs per side with which the smallest p of so many tests can be below alpha at all. */
export function leastRuns(tests: number, alpha: number, design: Design = "independent"): number {
  let n = 1;
  while (!canFail(n, n, tests, alpha, design)) n++;
  return n;
}

/** Returns whether any difference, however large, could be distinguished from chance. */
export function canFail(
  n: number,
  m: number,
  tests: number,
  alpha: number,
  design: Design = "independent",
): boolean {
  return smallestPOf(n, m, design) * tests < alpha;
}

/** Returns the smallest p that a test of so many runs a side can give. */
export function smallestPOf(n: number, m: number, design: Design): number {
  return design === "paired" ? smallestPairedP(Math.min(n, m)) : smallestP(n, m);
}
