import { expect, test } from "vitest";
import {
  connectionBudget,
  openFilesLimit,
  openFilesUsed,
} from "../../../src/servers/process/open-files.ts";

test("leaves a reserve, room for at least one, and stays finite", () => {
  expect(connectionBudget(20_000, 22)).toBe(20_000 - 22 - 128);
  expect(connectionBudget(64, 22)).toBe(1);
  expect(connectionBudget(Number.POSITIVE_INFINITY, 22)).toBe(1 << 20);
});

test("reads this process", () => {
  expect(openFilesLimit()).toBeGreaterThan(openFilesUsed());
  expect(openFilesUsed()).toBeGreaterThan(3);
});
