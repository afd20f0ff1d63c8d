import { describe, expect, it } from "vitest";
import { above, shifted, without } from "../../../src/metrics/disturbance/changed-counts.ts";
import { noCounts } from "../../../src/metrics/sparse-counts.ts";
import { TimeCounts } from "../../../src/metrics/time-counts.ts";

const counts = (...values: number[]) => {
  const all = new TimeCounts();
  for (const value of values) all.record(value);
  return all.counts();
};

describe("a histogram without a part of it", () => {
  it("keeps exact bounds and sums where they are not the part's", () => {
    const left = without(counts(1000, 5000, 9000, 9000), counts(9000));
    expect(left).toMatchObject({ count: 3, min: 1000, max: 9000, sum: 15_000 });
    expect(without(counts(1000, 5000, 9000), counts(9000))).toMatchObject({ count: 2, min: 1000 });
    expect(without(counts(1000, 5000, 9000), counts(9000)).max).toBeLessThan(5005);
    expect(without(counts(1000), counts(1000))).toEqual(noCounts);
    const all = counts(1, 2);
    expect(without(all, noCounts)).toBe(all);
  });
});

it("a histogram of what lies above a value", () => {
  expect(above(counts(1000, 1500, 2000), 1500)).toMatchObject({ count: 1, min: 2000, max: 2000 });
  expect(above(counts(1000), 1000)).toEqual(noCounts);
});

it("a histogram of other values", () => {
  const moved = shifted(counts(100, 1500, 1500), (value) => value - 1000);
  expect(moved).toEqual(counts(0, 500, 500));
  expect(shifted(noCounts, () => 5)).toEqual(noCounts);
});
