/**
 * Fake runs with the noise of real ones: every run is slightly slower or faster as a whole, and so is
 * every second, which correlates with the one before. All of it follows from the seed.
 */
import { createRandom, type Random } from "../../src/base/random.ts";
import { type Block, drawFigures } from "../../src/compare/blocks.ts";
import { canFail } from "../../src/compare/judge.ts";
import { type Design, turns } from "../../src/compare/pairs.ts";
import { holm } from "../../src/compare/rank-test.ts";
import {
  conclude,
  measure,
  measurePaired,
  type Sample,
  type Tested,
} from "../../src/compare/test-metric.ts";
import { bucketOf } from "../../src/metrics/buckets.ts";

export interface Noise {
  /** Standard deviations of logarithms: of whole runs, of seconds, and of p99 separately. */
  readonly ofRuns: number;
  readonly ofSeconds: number;
  readonly ofTails: number;
  /** Correlation of a second with the next one. */
  readonly correlation: number;
  /** By how much the machine becomes slower from the first run to the last, as a logarithm; default: not. */
  readonly drift?: number;
}

const seconds = 30;
const blockSeconds = 3;
const percentiles = [50, 90, 99];
/** A log-normal distribution of latencies by its quantiles, the last ones singly: 100 samples a second. */
const quantiles = [
  ...Array.from({ length: 8 }, (_, i) => ({ z: gaussOf((11 * i + 5.5) / 100), count: 11 })),
  ...Array.from({ length: 4 }, (_, i) => ({ z: gaussOf((2 * i + 89) / 100), count: 2 })),
  ...Array.from({ length: 4 }, (_, i) => ({ z: gaussOf((96.5 + i) / 100), count: 1 })),
];

/** Draws of a run's percentiles from its seconds, as a comparison computes them from the timeline. */
function simulatedRun(shift: number, noise: Noise, random: Random, draws: number): Sample[] {
  const run = noise.ofRuns * gauss(random);
  const tail = noise.ofTails * gauss(random);
  let second = noise.ofSeconds * gauss(random);
  const blocks: Block[] = [];
  const sums = new Map<number, number>();
  for (let at = 0; at < seconds; at++) {
    const kick = noise.ofSeconds * Math.sqrt(1 - noise.correlation ** 2);
    second = noise.correlation * second + kick * gauss(random);
    for (const { z, count } of quantiles) {
      const slower = shift + run + second + (count === 1 ? tail : 0);
      const index = bucketOf(Math.round(1e6 * Math.exp(slower + 0.5 * z)));
      sums.set(index, (sums.get(index) ?? 0) + count);
    }
    if ((at + 1) % blockSeconds > 0) continue;
    const indexes = Uint32Array.from(sums.keys()).sort();
    const counts = Float64Array.from(indexes, (index) => sums.get(index) ?? 0);
    blocks.push({ seconds: blockSeconds, received: 0, indexes, counts });
    sums.clear();
  }
  const figures = percentiles.map((percentile) => ({ percentile }));
  const whole = drawFigures([wholeOf(blocks)], figures, 1, random);
  const drawn = drawFigures(blocks, figures, draws, random);
  return percentiles.map((_, i) => ({
    value: whole[i]?.[0] ?? Number.NaN,
    draws: drawn[i]?.map((value) => value ?? Number.NaN) ?? null,
  }));
}

function wholeOf(blocks: readonly Block[]): Block {
  const sums = new Map<number, number>();
  for (const { indexes, counts } of blocks) {
    for (const [i, index] of indexes.entries()) {
      sums.set(index, (sums.get(index) ?? 0) + (counts[i] ?? 0));
    }
  }
  const indexes = Uint32Array.from(sums.keys()).sort();
  const counts = Float64Array.from(indexes, (index) => sums.get(index) ?? 0);
  return { seconds, received: 0, indexes, counts };
}

export type SimulatedVerdict = "fail" | "inconclusive" | "pass";

/** A whole comparison of `runs` per side, made in turns: p50, p90 and p99, and the verdict over them. */
export function simulatedComparison(
  seed: number,
  runs: number,
  ratio: number,
  noise: Noise,
  rules = { alpha: 0.05, tolerance: 0.05 },
  design: Design = "independent",
): { readonly verdict: SimulatedVerdict; readonly tests: readonly Tested[] } {
  const random = createRandom(seed);
  const { drift = 0 } = noise;
  const shifts = { a: 0, b: Math.log(ratio) };
  const sides: Record<"a" | "b", Sample[][]> = { a: [], b: [] };
  const draws = design === "paired" ? 1 : 20;
  for (const [at, side] of turns(runs).entries()) {
    const shift = shifts[side] + (drift * at) / (2 * runs - 1);
    sides[side].push(simulatedRun(shift, noise, random, draws));
  }
  const measured = percentiles.map((_, i) => {
    const [base, changed] = [sides.a, sides.b].map((side) => side.map((run) => run[i] as Sample));
    const both = [base as Sample[], changed as Sample[], rules, random] as const;
    return design === "paired" ? measurePaired(...both) : measure(...both, 300);
  });
  const corrected = holm(measured.map(({ p }) => p));
  const tests = measured.map((of, i) =>
    conclude(of, corrected[i] ?? 1, "lower", rules, runs, percentiles.length, design),
  );
  const decidable = canFail(runs, runs, tests.length, rules.alpha, design);
  const has = (verdict: string) => tests.some((test) => test.verdict === verdict);
  if (has("fail")) return { verdict: "fail", tests };
  return { verdict: !decidable || has("inconclusive") ? "inconclusive" : "pass", tests };
}

function gauss(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.float()));
  return radius * Math.cos(2 * Math.PI * random.float());
}

/** The normal quantile by a rational approximation (Abramowitz and Stegun 26.2.22): good enough to create a distribution. */
function gaussOf(p: number): number {
  const sign = p < 0.5 ? -1 : 1;
  const t = Math.sqrt(-2 * Math.log(Math.min(p, 1 - p)));
  return sign * (t - (2.30753 + 0.27061 * t) / (1 + 0.99229 * t + 0.04481 * t * t));
}
