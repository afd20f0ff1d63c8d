/** Tests one metric of two sides: the figures, the evidence, the verdict. */
import type { Random } from "../base/random.ts";
import { type Interval, intervalOf, type Side } from "./interval.ts";
import { type Evidence, judge, runsToDecide, type TestVerdict, thresholdOf } from "./judge.ts";
import { noiseFloor } from "./noise-floor.ts";
import { type Design, neighbourShifts, pairedNoiseFloor } from "./pairs.ts";
import { rankTest } from "./rank-test.ts";
import { pairedInterval, signedRankTest } from "./signed-rank-test.ts";

/** A metric's figure in each run, and in draws of its blocks (null: not known). */
export interface Sample {
  readonly value: number;
  readonly draws: readonly number[] | null;
}

export interface Tested {
  /** Ratio of the new runs to the baseline, and the ends of its interval. */
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
  readonly p: number;
  /** Corrected for the number of tests. */
  readonly correctedP: number;
  /** As a ratio less 1: 0.03 is 3 %; null: too few baseline runs to estimate it. */
  readonly noiseFloor: number | null;
  /** How large a change must be to count: the larger of tolerance and noise floor. */
  readonly threshold: number;
  readonly verdict: TestVerdict;
  /** Runs per side that would likely decide; null: it is decided, or no number would. */
  readonly runsToDecide: number | null;
}

export interface Rules {
  readonly alpha: number;
  /** 0.05: figures may be 5 % worse. */
  readonly tolerance: number;
}

export interface Measured {
  readonly p: number;
  readonly interval: Interval;
  readonly noiseFloor: number | null;
}

/**
 * Measures the difference of two samples, before the number of tests is known.
 *
 * @param a of the baseline, at least one run; b likewise
 */
export function measure(
  a: readonly Sample[],
  b: readonly Sample[],
  { alpha }: Rules,
  random: Random,
  replicates = 2000,
): Measured {
  const [left, right] = [sideOf(a), sideOf(b)];
  return {
    p: rankTest(left.values, right.values),
    interval: intervalOf(left, right, alpha, replicates, random),
    noiseFloor: noiseFloor(left.values, [a.length, b.length], random),
  };
}

/**
 * Measures the difference within pairs: what a machine does to both runs of a pair is not part of it.
 *
 * @param a by pair, null where one of its runs is not used; at least one is; b likewise
 */
export function measurePaired(
  a: readonly (Sample | null)[],
  b: readonly (Sample | null)[],
  { alpha }: Rules,
  random: Random,
): Measured {
  const [left, right] = [a, b].map((side) =>
    side.map((sample) => (sample === null ? null : logarithm(sample.value))),
  ) as [(number | null)[], (number | null)[]];
  const differences = left.flatMap((before, pair) => {
    const after = right[pair] ?? null;
    return before === null || after === null ? [] : [after - before];
  });
  return {
    p: signedRankTest(differences),
    interval: pairedInterval(differences, alpha),
    noiseFloor: pairedNoiseFloor(neighbourShifts(left, right), differences.length, random),
  };
}

/** Returns the verdict, once the p of all tests are corrected. */
export function conclude(
  { p, interval, noiseFloor: floor }: Measured,
  correctedP: number,
  better: "lower" | "higher",
  rules: Rules,
  runs: number,
  tests: number,
  design: Design = "independent",
): Tested {
  const evidence: Evidence = {
    harm: better === "lower" ? interval : mirrored(interval),
    correctedP,
    alpha: rules.alpha,
    tolerance: Math.log1p(rules.tolerance),
    noiseFloor: floor,
  };
  const verdict = judge(evidence);
  return {
    ratio: Math.exp(interval.shift),
    low: Math.exp(interval.low),
    high: Math.exp(interval.high),
    p,
    correctedP,
    noiseFloor: floor === null ? null : Math.expm1(floor),
    threshold: Math.expm1(thresholdOf(evidence)),
    verdict,
    runsToDecide: verdict === "inconclusive" ? runsToDecide(evidence, runs, tests, design) : null,
  };
}

/** Lower bound for logarithms: a rate of 0 is as bad as one of 0.001/s. */
const least = 1e-3;

function logarithm(value: number): number {
  return Math.log(Math.max(least, value));
}

function sideOf(samples: readonly Sample[]): Side {
  return {
    values: samples.map(({ value }) => logarithm(value)),
    draws: samples.map(({ draws }) => draws?.map(logarithm) ?? null),
  };
}

function mirrored({ shift, low, high }: Interval): Interval {
  return { shift: -shift, low: -high, high: -low };
}
