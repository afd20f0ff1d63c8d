import { describe, expect, test } from "vitest";
import { canFail, type Evidence, judge, leastRuns, runsToDecide } from "../../src/compare/judge.ts";

const evidence = (
  low: number,
  high: number,
  correctedP = 0.01,
  noiseFloor: number | null = 0.01,
): Evidence => ({
  harm: { shift: (low + high) / 2, low, high },
  correctedP,
  alpha: 0.05,
  tolerance: 0.05,
  noiseFloor,
});

describe("the verdict on a metric", () => {
  test.each<[string, Evidence, string]>([
    ["worse, beyond tolerance and chance", evidence(0.06, 0.14), "fail"],
    ["worse, but perhaps by chance", evidence(0.06, 0.14, 0.06), "inconclusive"],
    ["worse, but perhaps within tolerance", evidence(0.04, 0.14), "inconclusive"],
    [
      "worse, but no more than the baseline itself varies",
      evidence(0.06, 0.14, 0.01, 0.08),
      "inconclusive",
    ],
    ["worse within tolerance", evidence(0.01, 0.05), "pass"],
    ["a noisy baseline does not make it pass", evidence(0.01, 0.06, 0.01, 0.2), "inconclusive"],
    ["the same", evidence(-0.02, 0.02, 1), "pass"],
    ["anything", evidence(-0.2, 0.2, 1), "inconclusive"],
    ["better", evidence(-0.14, -0.06), "improved"],
    ["better, perhaps by chance", evidence(-0.14, -0.06, 0.3), "pass"],
    ["no noise floor is known", evidence(0.06, 0.14, 0.01, null), "fail"],
  ])("%s", (_, given, verdict) => {
    expect(judge(given)).toBe(verdict);
  });
});

describe("how many runs", () => {
  test("are the fewest with which anything could fail", () => {
    expect(leastRuns(1, 0.05)).toBe(4);
    expect(leastRuns(4, 0.05)).toBe(5);
    expect(leastRuns(8, 0.05)).toBe(6);
    expect(canFail(3, 3, 1, 0.05)).toBe(false);
    expect(canFail(3, 30, 1, 0.05)).toBe(true);
  });

  test("would decide: more, the closer the change is to the tolerance", () => {
    const far = runsToDecide(evidence(-0.07, 0.07, 1), 6, 4) ?? 0;
    const near = runsToDecide(evidence(-0.04, 0.1, 1), 6, 4) ?? 0;
    expect(far).toBeGreaterThan(6);
    expect(near).toBeGreaterThan(far);
    expect(runsToDecide(evidence(0.01, 0.09, 0.01), 6, 4)).toBeNull();
  });

  test("is never fewer than there are", () => {
    expect(runsToDecide(evidence(0.06, 0.14, 0.06), 6, 4)).toBeGreaterThan(6);
  });
});
