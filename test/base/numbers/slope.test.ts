import { expect, test } from "vitest";
import { slopeOf } from "../../../src/base/numbers/slope.ts";

const series = (count: number, y: (x: number) => number) =>
  Array.from({ length: count }, (_, x) => ({ x, y: y(x) }));

test("of a line is that of the line, whatever a fifth of its points are", () => {
  expect(
    slopeOf(
      series(1000, (x) => 5 + 3 * x),
      0,
      1000,
    ),
  ).toBeCloseTo(3, 9);
  const spikes = series(100, (x) => 3 * x + (x % 5 === 0 ? 1e6 : 0));
  expect(slopeOf(spikes, 0, 100)).toBeCloseTo(3, 1);
});

test("of a saw that does not grow is about 0, and of what is outside nothing is taken", () => {
  expect(
    Math.abs(
      slopeOf(
        series(3600, (x) => x % 60),
        0,
        3600,
      ) ?? 1,
    ),
  ).toBeLessThan(1e-3);
  const later = series(200, (x) => (x < 100 ? 1e6 * x : 7));
  expect(slopeOf(later, 100, 200)).toBe(0);
});

test("is not known of fewer than 10 points, or times", () => {
  expect(
    slopeOf(
      series(9, (x) => x),
      0,
      9,
    ),
  ).toBeNull();
  expect(
    slopeOf(
      series(10, (x) => x),
      0,
      10,
    ),
  ).toBeCloseTo(1, 9);
  expect(
    slopeOf(
      series(100, () => 1).map(({ y }) => ({ x: 5, y })),
      0,
      10,
    ),
  ).toBeNull();
});
