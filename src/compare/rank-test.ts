import { wilcoxonRankSum } from "simple-statistics";

/**
 * Returns the p of the Mann-Whitney test of two samples, two-sided and exact: the ratio of all assignments of
 * the values to two samples of these sizes in which the rank sums are at least as far apart as observed.
 *
 * Ties share their ranks, and their effect on the distribution is included: nothing is approximated.
 *
 * @param a finite numbers, at least one; b likewise
 * @returns 0 < p <= 1; never below `smallestP`
 * @cost    O((n + m)^2 n m); 1 ms for 10 a side, 0.3 s for 50
 */
export function rankTest(a: readonly number[], b: readonly number[]): number {
  const doubledRanks = doubledRanksOf([...a, ...b]);
  const doubledSum = Math.round(2 * wilcoxonRankSum(a, b));
  const ways = waysByRankSum(doubledRanks, a.length);
  const expected = a.length * (a.length + b.length + 1);
  const distance = Math.abs(doubledSum - expected);
  let all = 0;
  let asFar = 0;
  for (let sum = 0; sum < ways.length; sum++) {
    const count = ways[sum] as number;
    all += count;
    if (Math.abs(sum - expected) >= distance) asFar += count;
  }
  return asFar / all;
}

/** Returns the p of two samples that do not overlap: no test of samples of these sizes can give less. */
export function smallestP(n: number, m: number): number {
  let ways = 1;
  for (let i = 1; i <= n; i++) ways = (ways * (m + i)) / i;
  return Math.min(1, 2 / ways);
}

/** Returns twice the rank of each value, which is an integer even with ties. */
function doubledRanksOf(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const tied = values.filter((other) => other === value).length;
    return 2 * below + tied + 1;
  });
}

/**
 * Returns in how many ways `size` of the ranks have each sum: adds one rank after the other to the samples
 * without it.
 */
function waysByRankSum(ranks: readonly number[], size: number): Float64Array {
  const most = ranks
    .toSorted((x, y) => y - x)
    .slice(0, size)
    .reduce((sum, rank) => sum + rank, 0);
  const ways = Array.from({ length: size + 1 }, () => new Float64Array(most + 1));
  (ways[0] as Float64Array)[0] = 1;
  for (const rank of ranks) {
    for (let taken = size; taken >= 1; taken--) {
      const [without, into] = [ways[taken - 1] as Float64Array, ways[taken] as Float64Array];
      for (let sum = most; sum >= rank; sum--) {
        into[sum] = (into[sum] as number) + (without[sum - rank] as number);
      }
    }
  }
  return ways[size] as Float64Array;
}

/**
 * Applies Holm's correction for several tests: if nothing differs, the probability that any corrected value
 * is below alpha is at most alpha, however the tests depend on each other.
 *
 * @param ps one for each test, in any order
 * @returns  the corrected values, in the same order, at most 1
 */
export function holm(ps: readonly number[]): number[] {
  const order = ps.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p);
  const corrected = new Array<number>(ps.length);
  let largest = 0;
  for (const [rank, { p, index }] of order.entries()) {
    largest = Math.max(largest, Math.min(1, p * (ps.length - rank)));
    corrected[index] = largest;
  }
  return corrected;
}

/**
 * Returns by how much b is above a: the median of all differences between a value of b and one of a
 * (Hodges-Lehmann), the estimate that belongs to the rank test. A single outlier changes it little.
 *
 * @param a finite numbers, at least one; b likewise
 * @cost    a sort of all pairs: 2 us for 6 and 6
 */
export function shiftBetween(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const differences = new Float64Array(a.length * b.length);
  let next = 0;
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < b.length; j++) {
      differences[next++] = (b[j] as number) - (a[i] as number);
    }
  }
  differences.sort();
  const [below, above] = [Math.ceil(next / 2) - 1, Math.floor(next / 2)];
  return ((differences[below] as number) + (differences[above] as number)) / 2;
}
