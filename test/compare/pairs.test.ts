import { describe, expect, test } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import { neighbourShifts, pairedNoiseFloor, turns } from "../../src/compare/pairs.ts";

test("two servers take turns so that drift affects both: ABBA", () => {
  expect(turns(4).join("")).toBe("abbaabba");
  expect(turns(3).join("")).toBe("abbaab");
  expect(turns(1)).toEqual(["a", "b"]);
});

describe("neighbours", () => {
  test("are the runs of one server that follow one another", () => {
    // In the order of time: a0 b0 b1 a1 a2 b2 b3 a3, each 1 more than the one before.
    const values: Record<"a" | "b", number[]> = { a: [], b: [] };
    for (const [at, side] of turns(4).entries()) values[side].push(at);
    expect(neighbourShifts(values.a, values.b)).toEqual([1, 1, 1]);
  });

  test("of pairs that are not used there are none", () => {
    expect(neighbourShifts([0, null, 5, 6], [1, null, 5, 9])).toEqual([4]);
    expect(neighbourShifts([0], [1])).toEqual([]);
  });
});

describe("the noise floor of pairs", () => {
  const floor = (neighbours: number[], pairs = neighbours.length + 1) =>
    pairedNoiseFloor(neighbours, pairs, createRandom(1));

  test("is how far a server is from itself, scaled to the number of pairs", () => {
    expect(floor([0, 0, 0])).toBe(0);
    expect(floor([0.1, 0.1, 0.1, 0.1], 4)).toBeCloseTo(0.1, 12);
    expect(floor([0.1, -0.1, 0.1, -0.1], 4)).toBeCloseTo(0.1, 12);
    expect(floor([0.1, 0.1, 0.1, 0.1], 16)).toBeCloseTo(0.05, 12);
  });

  test("is not known of two neighbours, and is of very many", () => {
    expect(floor([0.1, 0.2])).toBeNull();
    const many = Array.from({ length: 60 }, (_, i) => ((i % 7) - 3) / 100);
    expect(floor(many)).toBeGreaterThan(0);
    expect(floor(many)).toBeLessThan(0.01);
    expect(floor(many)).toBe(floor(many));
  });
});
