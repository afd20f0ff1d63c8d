import { describe, expect, it } from "vitest";
import { starved, waitNotice } from "../../src/results/waiting.ts";

const cpu = { userSeconds: 1, systemSeconds: 2, waitedSeconds: 36, overSeconds: 60 };

describe("clients that waited for a CPU", () => {
  it("are told of, with the figures", () => {
    expect(waitNotice(cpu, 1)).toContain("had no CPU for 36.0 s of 1m0s: other programs had it");
    expect(waitNotice(cpu, 2)).toContain("(all 2 workers together)");
  });

  it("are not, where they seldom did or nobody knows", () => {
    expect(waitNotice({ ...cpu, waitedSeconds: 5 }, 1)).toBeNull();
    expect(waitNotice(cpu, 8)).toBeNull();
    expect(waitNotice({ ...cpu, waitedSeconds: null }, 1)).toBeNull();
    expect(waitNotice(null, 1)).toBeNull();
  });
});

it("the machine was the limit where they waited longer than they ran", () => {
  expect(starved(cpu)).toBe(true);
  expect(starved({ ...cpu, waitedSeconds: 2 })).toBe(false);
  expect(starved({ ...cpu, waitedSeconds: null })).toBe(false);
  expect(starved(null)).toBe(false);
});
