import { describe, expect, test } from "vitest";
import { isOfSteadyState, isWholeSecond } from "../../src/results/steady-seconds.ts";

describe("seconds of steady state", () => {
  // Times as quotients give them: 1224.914924 + 6500 is not 7724.914924 to the last digit.
  const fromMs = 1224.914924;
  const workload = { steady: { fromMs, toMs: 7724.914924 } };
  const seconds = Array.from({ length: 9 }, (_, index) => ({
    atMs: fromMs + 1000 * (index - 1),
    seconds: 1,
  }));
  const indexes = (is: typeof isWholeSecond) =>
    seconds.flatMap((entry, index) => (is(workload, entry) ? [index] : []));

  test("begin in it; whole ones end in it", () => {
    expect(indexes(isOfSteadyState)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(indexes(isWholeSecond)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("the last whole one ends with it, whatever the last digit", () => {
    const exact = { steady: { fromMs: 0.1, toMs: 0.1 + 3000 } };
    const ends = [0.1, 1000.1, 2000.1, 3000.1, 3000.0999999999995];
    expect(ends.map((atMs) => isWholeSecond(exact, { atMs, seconds: 1 }))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(isOfSteadyState(exact, { atMs: 3000.0999999999995 })).toBe(false);
  });

  test("several together are whole where the last of them ends in it", () => {
    const minutes = { steady: { fromMs: 0, toMs: 150_000 } };
    const whole = (atMs: number) => isWholeSecond(minutes, { atMs, seconds: 60 });
    expect([0, 60_000, 90_000, 91_000, 120_000].map(whole)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  test("none where it was not reached", () => {
    expect(isOfSteadyState({ steady: null }, { atMs: 5 })).toBe(false);
    expect(isWholeSecond({ steady: null }, { atMs: 5, seconds: 1 })).toBe(false);
  });
});
