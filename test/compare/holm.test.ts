import { expect, test } from "vitest";
import { holm } from "../../src/compare/holm.ts";

test("Holm's correction: the smallest p by the number of tests, the next by one less, never falling", () => {
  const corrected = holm([0.04, 0.01, 0.03, 0.005]);
  for (const [index, p] of [0.06, 0.03, 0.06, 0.02].entries()) {
    expect(corrected[index]).toBeCloseTo(p, 12);
  }
  expect(holm([0.9, 0.8])).toEqual([1, 1]);
  expect(holm([0.2])).toEqual([0.2]);
  expect(holm([])).toEqual([]);
});
