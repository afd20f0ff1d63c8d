/** Runs of two servers in turns: their order, the pairs that they make, and what that order says of the machine. */
import { quantile } from "simple-statistics";
import type { Random } from "../base/random.ts";
import { shiftOf } from "./signed-rank-test.ts";

/** How the runs of two sides belong together: run i of one beside run i of the other, or not at all. */
export type Design = "independent" | "paired";

export type SideName = "a" | "b";

/** ABBA ABBA ...: drift on the machine affects both sides alike. */
export function turns(pairs: number): SideName[] {
  return Array.from({ length: pairs }, (_, pair): SideName[] =>
    pair % 2 === 0 ? ["a", "b"] : ["b", "a"],
  ).flat();
}

/**
 * Returns by how much a server differed from itself in the next run. In the order of `turns` the last run of a pair and
 * the first of the next one are of the same server: of b after pairs 0, 2, ..., of a after pairs 1, 3, ...
 *
 * @param a by pair; null where the pair is not used; b likewise
 */
export function neighbourShifts(
  a: readonly (number | null)[],
  b: readonly (number | null)[],
): number[] {
  return a.slice(1).flatMap((_, pair) => {
    const side = pair % 2 === 0 ? b : a;
    const [before, after] = [side[pair] ?? null, side[pair + 1] ?? null];
    return before === null || after === null ? [] : [after - before];
  });
}

/** Fewer neighbours say too little. */
const leastNeighbours = 3;
/** Up to this many neighbours all signs are used: 1,024 ways. */
const mostExhausted = 10;
const sampledSigns = 500;
const ratio = 0.95;

/**
 * Returns how far apart the sides of so many pairs are although nothing was changed: the differences of a server from
 * itself, in the next run, with all signs (of more than 10 with 500 of them). 95 % of the shifts are not larger than this.
 *
 * @param neighbours as neighbourShifts returns them, in logarithms
 * @param pairs      compared, at least one
 * @returns          in logarithms, >= 0; null with fewer than 3 neighbours
 */
export function pairedNoiseFloor(
  neighbours: readonly number[],
  pairs: number,
  random: Random,
): number | null {
  const n = neighbours.length;
  if (n < leastNeighbours) return null;
  const ways = n > mostExhausted ? sampledSigns : 2 ** n;
  const shifts = Array.from({ length: ways }, (_, way) => {
    const isNegative = (index: number) =>
      n > mostExhausted ? random.float() < 0.5 : ((way >> index) & 1) === 1;
    return Math.abs(shiftOf(neighbours.map((value, i) => (isNegative(i) ? -value : value))));
  });
  return Math.sqrt(n / pairs) * quantile(shifts, ratio);
}
