import { describe, expect, test } from "vitest";
import { byMinute, judgeMemory } from "../../scripts/bench/soak/memory.js";
import { soakScenario } from "../../scripts/bench/soak/scenario.js";
import { slope } from "../../scripts/bench/statistics.js";
import { parseScenario } from "../../src/scenario/parse.ts";

const mb = 1e6;

/** A sample every 10 s. */
function pointsOf(minutes: number, bytesAt: (minute: number) => number) {
  return Array.from({ length: minutes * 6 }, (_, at) => ({
    atMs: at * 10_000,
    bytes: bytesAt(at / 6),
  }));
}

describe("memory of a soak", () => {
  test("a minute has the median of its samples; one that is not whole has none", () => {
    const points = [1, 9, 2, 7].map((bytes, at) => ({ atMs: at * 30_000, bytes }));
    expect(byMinute(points, 119_000)).toEqual([{ minute: 0, bytes: 5 }]);
  });

  test("is flat where it grew until the run had settled, whatever single minutes had", () => {
    const bytes = (minute: number) =>
      (minute < 5 ? 20 * minute : 100) * mb + (Math.floor(minute) % 7 === 0 ? 50 * mb : 0);
    const judged = judgeMemory(byMinute(pointsOf(30, bytes), 1_800_000));
    expect(judged).toEqual({ growthBytes: 0, slopeBytesPerHour: 0, isFlat: true });
  });

  test("grows by its slope", () => {
    const judged = judgeMemory(
      byMinute(
        pointsOf(30, (minute) => minute * mb),
        1_800_000,
      ),
    );
    expect(judged.slopeBytesPerHour).toBeCloseTo(60 * mb, -3);
    // From the middle of minutes 5 to 12 to that of minutes 22 to 29.
    expect(judged.growthBytes).toBeCloseTo(17 * mb, -3);
    expect(judged.isFlat).toBe(false);
  });

  test("is not judged in a short run", () => {
    const judged = judgeMemory(
      byMinute(
        pointsOf(7, () => mb),
        420_000,
      ),
    );
    expect(judged).toEqual({ growthBytes: null, slopeBytesPerHour: null, isFlat: null });
  });
});

test("the slope of points is the median over their pairs", () => {
  const points = [0, 1, 2, 3, 4].map((x) => ({ x, y: x === 2 ? 100 : 3 * x }));
  expect(slope(points)).toBe(3);
});

test("the scenario of a soak is a right one, of the length and rate that it is given", () => {
  const { workloads } = parseScenario(JSON.stringify(soakScenario(30, 2000)), "soak.yaml");
  expect(new Set(workloads.map(({ durationNs }) => durationNs))).toEqual(new Set([1800e9]));
  const rates = workloads.map(({ load }) => {
    return load.model === "open" ? Number(load.stages.at(-1)?.ratePerSecond) : 0;
  });
  expect(rates.reduce((sum, rate) => sum + rate, 0)).toBe(2000);
});
