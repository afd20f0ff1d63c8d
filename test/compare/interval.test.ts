import { describe, expect, test } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import { intervalOf, type Side, studentQuantile } from "../../src/compare/interval.ts";
import { noiseFloor } from "../../src/compare/noise-floor.ts";
import { shiftBetween } from "../../src/compare/rank-test.ts";

const side = (values: number[], draws: number[] | null = null): Side => ({
  values,
  draws: values.map(() => draws),
});
const interval = (a: Side, b: Side, seed = 1) => intervalOf(a, b, 0.05, 2000, createRandom(seed));
const scattered = [0, 0.01, -0.01, 0.02, -0.02, 0.005];

describe("the interval of a shift", () => {
  test("is the same for the same seed", () => {
    const [a, b] = [side(scattered), side(scattered.map((x) => x + 0.1))];
    expect(interval(a, b)).toEqual(interval(a, b));
    expect(interval(a, b, 2)).not.toEqual(interval(a, b));
  });

  test("is about as wide as Student's interval for scatter between runs", () => {
    const { shift, low, high } = interval(side(scattered), side(scattered.map((x) => x + 0.1)));
    expect(shift).toBeCloseTo(0.1, 10);
    // s = 0.0145, s sqrt(2/6) = 0.0084, t(10) = 2.23: half a width of 0.0187.
    expect((high - low) / 2).toBeGreaterThan(0.015);
    expect((high - low) / 2).toBeLessThan(0.024);
  });

  test("includes the scatter of seconds where runs are alike", () => {
    const draws = [-0.03, -0.01, 0, 0.01, 0.03];
    const { low, high } = interval(side([0, 0, 0, 0], draws), side([0, 0, 0, 0], draws));
    expect(high - low).toBeGreaterThan(0.03);
    const { low: same, high: alike } = interval(side([0, 0, 0, 0]), side([0, 0, 0, 0]));
    expect([same, alike]).toEqual([0, 0]);
  });

  test("does not count the scatter of seconds twice", () => {
    const draws = [-0.02, -0.01, 0, 0.01, 0.02];
    const width = ({ low, high }: { low: number; high: number }) => high - low;
    const plain = width(interval(side(scattered), side(scattered)));
    const both = width(interval(side(scattered, draws), side(scattered, draws)));
    expect(both / plain).toBeLessThan(1.25);
    expect(both / plain).toBeGreaterThan(0.8);
  });
});

test.each([
  [0.975, 4, 2.776],
  [0.975, 10, 2.228],
  [0.975, 18, 2.101],
  [0.995, 10, 3.169],
])("Student's quantile %d with %d degrees of freedom is %d", (p, freedom, t) => {
  expect(studentQuantile(p, freedom) / t).toBeGreaterThan(0.985);
  expect(studentQuantile(p, freedom) / t).toBeLessThan(1.015);
});

test("the shift is the median of all differences: one outlier does not move it far", () => {
  expect(shiftBetween([1, 2, 3], [11, 12, 13])).toBe(10);
  expect(shiftBetween([1, 2, 3, 4], [11, 12, 13, 999])).toBe(10);
  expect(shiftBetween([5], [5])).toBe(0);
});

describe("the noise floor", () => {
  const floor = (values: number[], sizes: [number, number] = [values.length, values.length]) =>
    noiseFloor(values, sizes, createRandom(1));

  test("is how much halves of the baseline differ, scaled to the sizes compared", () => {
    expect(floor([1, 1, 1, 1])).toBe(0);
    // The largest shift is {0, 0} against {0.1, 0.1}; halves of 2 differ by sqrt 2 more than groups of 4.
    expect(floor([0, 0, 0.1, 0.1])).toBeGreaterThan(0.05);
    expect(floor([0, 0, 0.1, 0.1])).toBeLessThanOrEqual(0.1 / Math.SQRT2 + 1e-12);
    expect(floor([0, 0, 0.1, 0.1], [4, 100])).toBeLessThan(floor([0, 0, 0.1, 0.1]) ?? 0);
  });

  test("is not known for three runs, and is for very many", () => {
    expect(floor([1, 2, 3])).toBeNull();
    const many = Array.from({ length: 40 }, (_, i) => (i % 7) / 100);
    expect(floor(many)).toBeGreaterThan(0);
    expect(floor(many)).toBeLessThan(0.02);
  });
});
