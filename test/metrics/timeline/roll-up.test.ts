import fc from "fast-check";
import { expect, test } from "vitest";
import { rollUp, type Slice } from "../../../src/metrics/timeline/roll-up.ts";

interface Sum extends Slice {
  readonly sum: number;
}

const add = (parts: readonly Sum[], whole: Slice): Sum => ({
  ...whole,
  sum: parts.reduce((total, { sum }) => total + sum, 0),
});

/** What is left of a run, second by second on a virtual clock, each of which counts 1. */
function played(first: number, seconds: number, later = 0, every = 10): Sum[] {
  const slices: Sum[] = [];
  for (let second = first; second < first + seconds; second++) {
    slices.push({ second, seconds: 1, sum: 1 });
    if (second % every === 0) rollUp(slices, second, later, add);
  }
  return slices;
}

const hour = 3600;

test("nothing is put together in a run of 20 minutes", () => {
  expect(played(-100, 1209)).toEqual(
    Array.from({ length: 1209 }, (_, at) => ({ second: at - 100, seconds: 1, sum: 1 })),
  );
});

test("the first and the last 10 minutes are kept by the second, between them 10 s, minutes and 5 minutes", () => {
  const day = played(0, 24 * hour, 0, 100);
  const from = (seconds: number) => day.find((slice) => slice.seconds === seconds)?.second ?? 0;
  expect(day.slice(0, 600).every(({ seconds }) => seconds === 1)).toBe(true);
  expect(day.slice(-600).every(({ seconds }) => seconds === 1)).toBe(true);
  expect(from(300)).toBe(600);
  expect(
    day.map(({ seconds }) => seconds).filter((length, at, all) => length !== all[at - 1]),
  ).toEqual([1, 300, 60, 10, 1]);
  const isOf = (age: number) => 24 * hour - age;
  expect(day.find(({ seconds }) => seconds === 60)?.second).toBeGreaterThan(isOf(12 * hour + 700));
  expect(day.find(({ seconds }) => seconds === 10)?.second).toBeGreaterThan(isOf(2 * hour + 220));
});

test("a day has 3,200 entries at most", () => {
  const sizes = [2, 24].map((hours) => played(0, hours * hour, 0, 600).length);
  // Those of the last 10 minutes have not been put together yet.
  expect(sizes.map((size) => Math.ceil(size / 100) * 100)).toEqual([2400, 3200]);
});

test("whatever was put off, slices follow each other, begin at multiples of their length, and lose nothing", () => {
  const begins = fc.integer({ min: -2000, max: 5 });
  const lengths = fc.integer({ min: 1, max: 4000 });
  fc.assert(
    fc.property(begins, lengths, fc.nat(900), fc.integer({ min: 1, max: 700 }), (...given) => {
      const [first, seconds, later, every] = given;
      const slices = played(first, seconds, later, every);
      let next = first;
      for (const slice of slices) {
        const { second, seconds: length, sum } = slice;
        const isBlock = Math.abs(second % length) === 0 && second >= first + 600;
        if (second !== next || sum !== length || (length > 1 && !isBlock)) expect(slice).toBe(next);
        next += length;
      }
      expect(next).toBe(first + seconds);
      expect(slices.slice(-Math.min(seconds, 600 + later)).every((one) => one.seconds === 1)).toBe(
        true,
      );
    }),
    { numRuns: 20 },
  );
});

test("seconds without an entry, and two entries of one second, are allowed", () => {
  const sparse: Sum[] = [];
  for (let second = 0; second < 3000; second += 7) {
    sparse.push({ second, seconds: 1, sum: 1 }, { second, seconds: 1, sum: 1 });
    rollUp(sparse, second, 0, add);
  }
  expect(sparse.reduce((total, { sum }) => total + sum, 0)).toBe(2 * Math.ceil(3000 / 7));
  expect(sparse.slice(0, 4).map(({ second }) => second)).toEqual([0, 0, 7, 7]);
});
