import { expect, test } from "vitest";
import { LostTime } from "../../../src/metrics/disturbance/lost-time.ts";

test("what was lost between two moments", () => {
  const lost = new LostTime();
  expect(lost.between(0, 1000)).toBe(0);
  lost.add(100, 200);
  lost.add(300, 400, 10);
  expect(lost.totalNs).toBe(110);
  expect(lost.between(0, 1000)).toBe(110);
  expect(lost.between(0, 100)).toBe(0);
  expect(lost.between(150, 170)).toBe(20);
  expect(lost.between(150, 350)).toBe(55);
  expect(lost.between(200, 300)).toBe(0);
  expect(lost.between(400, 500)).toBe(0);
  expect(lost.between(170, 150)).toBe(0);
});

test("spans that overlap count once, and what is repeated not at all", () => {
  const lost = new LostTime();
  lost.add(100, 200);
  lost.add(100, 200);
  lost.add(150, 300, 30);
  expect(lost.totalNs).toBe(120);
  expect(lost.between(200, 300)).toBe(20);
});

test("the last end before a moment", () => {
  const lost = new LostTime();
  expect(lost.lastEndBefore(50)).toBe(Number.NEGATIVE_INFINITY);
  lost.add(100, 200);
  lost.add(300, 400);
  expect(lost.lastEndBefore(100)).toBe(Number.NEGATIVE_INFINITY);
  expect(lost.lastEndBefore(250)).toBe(200);
  expect(lost.lastEndBefore(1000)).toBe(400);
});
