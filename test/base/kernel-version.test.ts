import { expect, it } from "vitest";
import { isAtLeast } from "../../src/base/kernel-version.ts";

it("compares kernels by number, not by text", () => {
  expect(isAtLeast("6.13.0-generic", 6, 13)).toBe(true);
  expect(isAtLeast("6.8.0-45-generic", 6, 13)).toBe(false);
  expect(isAtLeast("7.0-rc1", 6, 13)).toBe(true);
  expect(isAtLeast("5.19.0", 6, 13)).toBe(false);
  expect(isAtLeast("6.18", 6, 13)).toBe(true);
});
