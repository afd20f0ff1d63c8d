import { quantile } from "simple-statistics";
import type { Random } from "../base/random.ts";
import { shiftBetween } from "./rank-test.ts";

/** Fewer runs have fewer than three splits into halves, which is too few. */
const leastRuns = 4;
/** Up to this many runs every split is used: 462 of them. */
const mostExhausted = 12;
const sampledSplits = 500;
const ratio = 0.95;

/**
 * Returns how far apart groups of runs are although nothing was changed: the baseline's runs are split into
 * halves in every way (more than 12 runs: in 500 ways), and 95 % of the shifts between the halves are not
 * larger than this.
 *
 * Halves are smaller than the groups compared, and so differ more: the floor is scaled to the sizes compared.
 *
 * @param values   figures of the baseline's runs, in logarithms
 * @param compared numbers of runs of the two sides
 * @returns        in logarithms, >= 0; null with fewer than 4 runs
 */
export function noiseFloor(
  values: readonly number[],
  compared: readonly [number, number],
  random: Random,
): number | null {
  const n = values.length;
  if (n < leastRuns) return null;
  const half = Math.floor(n / 2);
  const shifts = splits(n, half, random).map((isLeft) => {
    const left = values.filter((_, index) => isLeft(index));
    const right = values.filter((_, index) => !isLeft(index));
    return Math.abs(shiftBetween(left, right));
  });
  const variance = (a: number, b: number) => 1 / a + 1 / b;
  const scale = Math.sqrt(variance(...compared) / variance(half, n - half));
  return scale * quantile(shifts, ratio);
}

type Split = (index: number) => boolean;

function splits(n: number, half: number, random: Random): Split[] {
  if (n > mostExhausted)
    return Array.from({ length: sampledSplits }, () => shuffled(n, half, random));
  const found: Split[] = [];
  for (let bits = 0; bits < 2 ** n; bits++) {
    // With halves of equal size each split would occur twice: keep those with the first run on the left.
    const isMirrored = 2 * half === n && (bits & 1) === 0;
    if (isMirrored || ones(bits) !== half) continue;
    found.push((index) => ((bits >> index) & 1) === 1);
  }
  return found;
}

function ones(bits: number): number {
  let count = 0;
  for (let rest = bits; rest > 0; rest >>= 1) count += rest & 1;
  return count;
}

function shuffled(n: number, half: number, random: Random): Split {
  const left = new Set<number>();
  while (left.size < half) left.add(Math.floor(random.float() * n));
  return (index) => left.has(index);
}
