import { expect, it } from "vitest";
import { longestDrainNs, longestExchangeNs } from "../../src/scenario/exchange-time.ts";
import type { Workload } from "../../src/scenario/scenario.ts";

const workload = (timeoutNs: number, ...thinkNs: number[]) =>
  ({ timeoutNs, steps: thinkNs.map((ns) => ({ thinkNs: ns })) }) as unknown as Workload;

it("an exchange takes as long as its reply may, or as the pauses and replies of all its steps", () => {
  expect(longestExchangeNs(workload(5e8))).toBe(5e8);
  expect(longestExchangeNs(workload(5e8, 0))).toBe(5e8);
  expect(longestExchangeNs(workload(5e8, 0, 5e9, 1e9))).toBe(7.5e9);
});

it("what is ended from outside has the time of its longest exchange", () => {
  expect(longestDrainNs([])).toBe(0);
  expect(longestDrainNs([workload(2e9), workload(5e8, 0, 5e9)])).toBe(6e9);
});
