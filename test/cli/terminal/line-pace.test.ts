import { expect, test } from "vitest";
import { LinePace } from "../../../src/cli/terminal/line-pace.ts";

test("lets a number of lines per second through, and counts the others once", () => {
  const pace = new LinePace(2);
  expect([1e9, 1.1e9, 1.2e9, 1.9e9].map((nowNs) => pace.take(nowNs))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(pace.takeSkipped()).toBe(2);
  expect(pace.takeSkipped()).toBe(0);
  expect(pace.take(2e9)).toBe(true);
});
