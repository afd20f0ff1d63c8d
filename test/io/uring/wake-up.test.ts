import { describe, expect, it } from "vitest";
import { WakeUp } from "../../../src/io/uring/wake-up.ts";

describe("how early to be awake", () => {
  it("approximates what nearly all wake-ups took", () => {
    for (const usualNs of [8e3, 40e3, 90e3]) {
      const wakeUp = new WakeUp();
      for (let i = 0; i < 500; i++) wakeUp.woke(usualNs + (i % 5) * 1e3);
      expect(wakeUp.marginNs).toBeGreaterThan(usualNs + 4e3);
      expect(wakeUp.marginNs).toBeLessThan(usualNs + 12e3);
    }
  });

  it("does not take a neighbour's millisecond for a wake-up", () => {
    const wakeUp = new WakeUp();
    for (let i = 0; i < 500; i++) wakeUp.woke(i % 50 === 0 ? 5e6 : 20e3);
    expect(wakeUp.marginNs).toBeLessThanOrEqual(150e3);
    for (let i = 0; i < 200; i++) wakeUp.woke(0);
    expect(wakeUp.marginNs).toBeLessThan(10e3);
    expect(wakeUp.marginNs).toBeGreaterThanOrEqual(5e3);
  });
});
