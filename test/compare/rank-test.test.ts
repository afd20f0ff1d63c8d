import fc from "fast-check";
import { combinations } from "simple-statistics";
import { describe, expect, test } from "vitest";
import { holm, rankTest, smallestP } from "../../src/compare/rank-test.ts";
import { rounds } from "../support/fuzz.ts";

/** Enumerates every assignment of the values, which the test counts by rank sums. */
function byHand(a: readonly number[], b: readonly number[]): number {
  const all = [...a, ...b];
  const rank = (value: number) =>
    all.filter((other) => other < value).length +
    (all.filter((other) => other === value).length + 1) / 2;
  const ranks = all.map(rank);
  const expected = (a.length * (all.length + 1)) / 2;
  const distance = (sum: number) => Math.abs(sum - expected);
  const own = ranks.slice(0, a.length).reduce((sum, each) => sum + each, 0);
  const deals = combinations(ranks, a.length);
  const asFar = deals.filter(
    (deal) => distance(deal.reduce((sum, each) => sum + each, 0)) >= distance(own) - 1e-9,
  );
  return asFar.length / deals.length;
}

describe("Mann-Whitney's test", () => {
  // Two-sided p of a statistic U, as in published tables.
  test.each([
    [[1, 2, 3, 4], [5, 6, 7, 8], 2 / 70],
    [[1, 2, 3, 5], [4, 6, 7, 8], 4 / 70],
    [[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12], 2 / 924],
    [[1, 2, 3], [4, 5, 6], 0.1],
    [[1, 4], [2, 3], 1],
    [[1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11, 12], 2 / 792],
  ])("%j against %j: p = %d", (a, b, p) => {
    expect(rankTest(a, b)).toBeCloseTo(p, 12);
    expect(rankTest(b, a)).toBeCloseTo(p, 12);
  });

  test("is exact with ties", () => {
    const value = fc.integer({ min: 0, max: 5 });
    const sample = fc.array(value, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(sample, sample, (a, b) => {
        expect(rankTest(a, b)).toBeCloseTo(byHand(a, b), 10);
      }),
      { numRuns: rounds(50, 2000) },
    );
  });

  test("finds nothing in values that are all the same", () => {
    expect(rankTest([200, 200, 200, 200], [200, 200, 200, 200])).toBe(1);
  });

  test("never gives less than the sizes allow", () => {
    expect(smallestP(3, 3)).toBeCloseTo(0.1, 12);
    expect(smallestP(6, 6)).toBeCloseTo(2 / 924, 12);
    expect(smallestP(1, 1)).toBe(1);
    const many = (from: number) => Array.from({ length: 40 }, (_, i) => from + i);
    expect(rankTest(many(0), many(100)) / smallestP(40, 40)).toBeCloseTo(1, 6);
  });
});

test("Holm's correction: the smallest p by the number of tests, the next by one less, never falling", () => {
  const corrected = holm([0.04, 0.01, 0.03, 0.005]);
  for (const [index, p] of [0.06, 0.03, 0.06, 0.02].entries()) {
    expect(corrected[index]).toBeCloseTo(p, 12);
  }
  expect(holm([0.9, 0.8])).toEqual([1, 1]);
  expect(holm([0.2])).toEqual([0.2]);
  expect(holm([])).toEqual([]);
});
