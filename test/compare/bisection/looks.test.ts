import { expect, test } from "vitest";
import { judgeInLooks, looksOf } from "../../../src/compare/bisection/looks.ts";
import { smallestPairedP } from "../../../src/compare/signed-rank-test.ts";

test.each([
  [0.05, 30],
  [0.001, 45],
  [0.00001, 500],
  [0.1, 6],
])(
  "looks at alpha %d in at most %d spend no more than alpha, and each can decide",
  (alpha, most) => {
    const looks = looksOf(alpha, most);
    expect(looks.length).toBeGreaterThan(0);
    expect(looks.reduce((sum, look) => sum + look.alpha, 0)).toBeLessThanOrEqual(alpha + 1e-15);
    expect(looks.at(-1)?.at).toBe(most);
    for (const [index, look] of looks.entries()) {
      expect(smallestPairedP(look.at)).toBeLessThanOrEqual(look.alpha);
      expect(look.at).toBeGreaterThan(looks[index - 1]?.at ?? 0);
    }
  },
);

test("too few differences have no looks", () => {
  expect(looksOf(0.05, 6)).toEqual([]);
  expect(looksOf(0.05, 7)).toEqual([{ at: 7, alpha: 0.025 }]);
});

test("the first look that has a verdict decides: what comes later changes nothing", () => {
  const looks = looksOf(0.05, 30);
  const rule = ({ low, high }: { low: number; high: number }) =>
    low > 0 ? "more" : high < 0 ? "less" : null;
  const more = Array.from({ length: 7 }, (_, i) => 1 + i / 10);
  expect(judgeInLooks(more.slice(1), looks, rule)).toEqual({ verdict: null, interval: null });
  const decided = judgeInLooks(more, looks, rule);
  expect(decided.verdict).toBe("more");
  expect(judgeInLooks([...more, ...more.map((value) => -9 * value)], looks, rule)).toEqual(decided);
  expect(
    judgeInLooks(
      more.map((value) => -value),
      looks,
      rule,
    ).verdict,
  ).toBe("less");
});
