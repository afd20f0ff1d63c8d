import { describe, expect, test } from "vitest";
import { ArrivalsBySecond, addArrivals } from "../../src/metrics/arrivals-by-second.ts";

describe("ArrivalsBySecond", () => {
  test("knows nothing before steady state is known", () => {
    const arrivals = new ArrivalsBySecond();
    arrivals.add(5e9, 1);
    expect(arrivals.amounts()).toBeNull();
  });

  test("counts what arrives in steady state, by its second", () => {
    const arrivals = new ArrivalsBySecond();
    arrivals.plan(10.5e9, 14e9);
    for (const ns of [9e9, 10.5e9 - 1]) arrivals.add(ns, 100);
    for (const ns of [10.5e9, 11.5e9 - 1]) arrivals.add(ns, 1);
    arrivals.add(11.5e9, 5);
    arrivals.add(14e9 - 1, 7);
    for (const ns of [14e9, 99e9]) arrivals.add(ns, 100);
    expect(arrivals.amounts()).toEqual([2, 5, 0, 7]);
  });

  test("has no end where none is known", () => {
    const arrivals = new ArrivalsBySecond();
    arrivals.plan(0, Number.POSITIVE_INFINITY);
    arrivals.add(3e9, 1);
    expect(arrivals.amounts()).toEqual([0, 0, 0, 1]);
  });
});

test("sums of several places, whatever their length", () => {
  expect(addArrivals([1, 2, 3], [10])).toEqual([11, 2, 3]);
  expect(addArrivals([], [1, 2])).toEqual([1, 2]);
  expect(addArrivals([1], null)).toBeNull();
  expect(addArrivals(null, [1])).toBeNull();
});
