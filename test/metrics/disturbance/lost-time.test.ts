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

test("the most that was lost in a length of time", () => {
  const lost = new LostTime();
  expect(lost.mostWithin(0, 1000, 50)).toBe(0);
  lost.add(100, 200, 10);
  lost.add(200, 300, 90);
  lost.add(600, 700, 20);
  expect(lost.mostWithin(0, 1000, 200)).toBe(100);
  expect(lost.mostWithin(300, 1000, 200)).toBe(20);
  expect(lost.mostWithin(250, 260, 100)).toBe(90);
  expect(lost.mostWithin(700, 1000, 100)).toBe(0);
});

test("a day of it takes bounded memory: the sum is exact, long pauses stay what they were, and so does the last hour", () => {
  const lost = new LostTime();
  const ms = 1e6;
  const spans = 24 * 3600 * 4;
  const isLong = (at: number) => at % 40_000 === 17;
  const lostOf = (at: number) => (isLong(at) ? 240 * ms : ((at * 7) % 5) * ms);
  for (let at = 0; at < spans; at++) lost.add(at * 250 * ms, (at + 1) * 250 * ms, lostOf(at));
  expect(lost.size).toBeLessThan(32_768);
  const sum = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, at) => lostOf(from + at)).reduce((a, b) => a + b, 0);
  expect(lost.totalNs / ms).toBeCloseTo(sum(0, spans) / ms, 3);
  for (let at = 17; at < spans; at += 40_000) {
    expect(lost.between(at * 250 * ms, (at + 1) * 250 * ms) / ms).toBeCloseTo(240, 3);
  }
  const tenMinutes = spans - 2400;
  for (const at of [tenMinutes, spans - 1000, spans - 1]) {
    expect(lost.between(at * 250 * ms, spans * 250 * ms) / ms).toBeCloseTo(sum(at, spans) / ms, 3);
  }
});
