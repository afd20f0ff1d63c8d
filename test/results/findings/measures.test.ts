import { expect, it } from "vitest";
import { starved } from "../../../src/results/findings/measures.ts";

const cpu = { userSeconds: 1, systemSeconds: 2, waitedSeconds: 36, overSeconds: 60 };

it("the machine was the limit where they waited longer than they ran", () => {
  expect(starved(cpu)).toBe(true);
  expect(starved({ ...cpu, waitedSeconds: 2 })).toBe(false);
  expect(starved({ ...cpu, waitedSeconds: null })).toBe(false);
  expect(starved(null)).toBe(false);
});
