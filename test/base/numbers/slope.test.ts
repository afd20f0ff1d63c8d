import { expect, test } from "vitest";
import { slopeOf } from "../../../src/base/numbers/slope.ts";

const series = (count: number, y: (x: number) => number) =>
  Array.from({ length: count }, (_, x) => ({ x, y: y(x) }));

const slopeIn = (points: ReturnType<typeof series>, from: number, to: number) =>
  slopeOf(points, from, to)?.slope ?? null;

test("of a line is that of the line, whatever a fifth of its points are", () => {
  const line = series(1000, (x) => 5 + 3 * x);
  expect(slopeIn(line, 0, 1000)).toBeCloseTo(3, 9);
  const spikes = series(100, (x) => 3 * x + (x % 5 === 0 ? 1e6 : 0));
  expect(slopeIn(spikes, 0, 100)).toBeCloseTo(3, 1);
});

test("of a saw that does not grow is about 0, and of what is outside nothing is taken", () => {
  const saw = series(3600, (x) => x % 60);
  expect(Math.abs(slopeIn(saw, 0, 3600) ?? 1)).toBeLessThan(1e-3);
  const later = series(200, (x) => (x < 100 ? 1e6 * x : 7));
  expect(slopeIn(later, 100, 200)).toBe(0);
});

test("is not known of fewer than 10 points, or times", () => {
  const line = series(10, (x) => x);
  expect(slopeIn(line.slice(1), 0, 10)).toBeNull();
  expect(slopeIn(line, 0, 10)).toBeCloseTo(1, 9);
  expect(
    slopeIn(
      series(100, () => 1).map(({ y }) => ({ x: 5, y })),
      0,
      10,
    ),
  ).toBeNull();
});

test("has an interval, the narrower the less the points differ from a line, in which the slope of most series lies", () => {
  let seed = 1;
  const noise = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647 - 0.5;
  };
  const inside = Array.from({ length: 200 }, () =>
    slopeOf(
      series(60, (x) => 2 * x + 40 * noise()),
      0,
      60,
    ),
  ).filter((one) => one !== null && one.low <= 2 && one.high >= 2);
  expect(inside.length).toBeGreaterThanOrEqual(180);
  expect(inside.length).toBeLessThan(200);
  const line = slopeOf(
    series(60, (x) => 2 * x),
    0,
    60,
  );
  expect(line?.low).toBeCloseTo(2, 9);
  expect(line?.high).toBeCloseTo(2, 9);
});
