/** Tests that may stop early: when the differences are looked at, and how much of alpha each look may spend. */
import type { Interval } from "../interval.ts";
import { pairedInterval, smallestPairedP } from "../signed-rank-test.ts";

export interface Look {
  /** After so many differences. */
  readonly at: number;
  readonly alpha: number;
}

/** Each look is at that many times the differences of the one before. */
const growth = 1.4;

/**
 * Returns when to look. The first look spends half of alpha, the others share the rest, so that over all looks a
 * difference where there is none is seen no more often than alpha, whatever the scatter (Bonferroni).
 *
 * @param most differences at most
 * @returns    empty where so few can decide nothing
 */
export function looksOf(alpha: number, most: number): Look[] {
  const first = leastFor(alpha / 2);
  if (first > most) return [];
  const later: number[] = [];
  for (let at = Math.ceil(first * growth); at < most; at = Math.ceil(at * growth)) later.push(at);
  if (most > first) later.push(most);
  const each = alpha / 2 / Math.max(1, later.length);
  return [
    { at: first, alpha: alpha / 2 },
    ...later.filter((at) => at >= leastFor(each)).map((at) => ({ at, alpha: each })),
  ];
}

/** The least number of differences of which a test can be below alpha. */
function leastFor(alpha: number): number {
  let least = 1;
  while (smallestPairedP(least) > alpha) least++;
  return least;
}

export type Judged<Verdict> =
  | { readonly verdict: Verdict; readonly interval: Interval }
  /** No look has decided; the interval is that of the last one, null before the first. */
  | { readonly verdict: null; readonly interval: Interval | null };

/**
 * Returns the verdict of the first look that has one: differences that came after it change nothing.
 *
 * @param rule what an interval says; null: not yet
 */
export function judgeInLooks<Verdict>(
  differences: readonly number[],
  looks: readonly Look[],
  rule: (interval: Interval) => Verdict | null,
): Judged<Verdict> {
  let last: Interval | null = null;
  for (const { at, alpha } of looks) {
    if (at > differences.length) break;
    last = pairedInterval(differences.slice(0, at), alpha);
    const verdict = rule(last);
    if (verdict !== null) return { verdict, interval: last };
  }
  return { verdict: null, interval: last };
}
