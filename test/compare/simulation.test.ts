/**
 * Checks that verdicts can be trusted, by comparing fake runs whose truth is known. The noise is that of
 * docs/baselines.md; seeds are fixed, so that this test cannot fail by chance.
 */
import { describe, expect, test } from "vitest";
import type { Design } from "../../src/compare/pairs.ts";
import { rounds } from "../support/fuzz.ts";
import { type Noise, simulatedComparison } from "./simulated.ts";

const quiet: Noise = { ofRuns: 0.015, ofSeconds: 0.05, ofTails: 0.01, correlation: 0.5 };
const usual: Noise = { ofRuns: 0.02, ofSeconds: 0.05, ofTails: 0.02, correlation: 0.5 };
const noisy: Noise = { ofRuns: 0.08, ofSeconds: 0.1, ofTails: 0.05, correlation: 0.7 };

function verdicts(
  count: number,
  runs: number,
  ratio: number,
  noise: Noise,
  design: Design = "independent",
  tolerance = 0.05,
) {
  const all = Array.from({ length: count }, (_, i) =>
    simulatedComparison(1 + i, runs, ratio, noise, { alpha: 0.05, tolerance }, design),
  );
  const share = (verdict: string) => all.filter((one) => one.verdict === verdict).length / count;
  const tests = all.flatMap((one) => one.tests);
  const covered = tests.filter(({ low, high }) => low <= ratio && ratio <= high).length;
  // A difference that is more than chance, whether or not it is beyond tolerance and noise floor.
  const seen = all.filter((one) => one.tests.some(({ correctedP }) => correctedP < 0.05));
  return {
    fail: share("fail"),
    pass: share("pass"),
    seen: seen.length / count,
    covered: covered / tests.length,
  };
}

describe("a comparison of a server with itself", () => {
  test.each([
    ["quiet", 6, quiet],
    ["usual", 6, usual],
    ["noisy", 6, noisy],
  ])("raises hardly any false alarm: %s, %d runs", (_, runs, noise) => {
    const { fail, covered } = verdicts(rounds(20, 600), runs, 1, noise);
    expect(fail).toBeLessThan(0.05);
    expect(covered).toBeGreaterThan(0.92);
  });
});

describe("a server that is 10 % slower", () => {
  test.each([
    ["quiet", 8, quiet],
    ["usual", 10, usual],
  ])("is found nine times of ten: %s, %d runs", (_, runs, noise) => {
    expect(verdicts(rounds(20, 600), runs, 1.1, noise).fail).toBeGreaterThan(0.9);
  });

  test("never passes, with however few runs and however much noise", () => {
    expect(verdicts(rounds(20, 400), 6, 1.1, noisy).pass).toBeLessThan(0.05);
    expect(verdicts(rounds(20, 200), 3, 1.1, quiet).pass).toBe(0);
  });
});

/** The machine becomes 35 % slower from the first run to the last. */
const drifting: Noise = { ...quiet, drift: 0.3 };

describe("pairs of runs in turns", () => {
  test.each([
    ["quiet", 10, quiet],
    ["usual", 10, usual],
    ["noisy", 10, noisy],
    ["drifting", 10, drifting],
  ])("of a server with itself raise hardly any false alarm: %s, %d pairs", (_, pairs, noise) => {
    const { fail, seen, covered } = verdicts(rounds(20, 600), pairs, 1, noise, "paired", 0);
    expect(seen).toBeLessThanOrEqual(0.05);
    expect(fail).toBeLessThanOrEqual(seen);
    expect(covered).toBeGreaterThan(0.92);
  });

  test("find a server that is 10 % slower nine times of ten, however the machine drifts", () => {
    expect(verdicts(rounds(20, 600), 10, 1.1, usual, "paired").fail).toBeGreaterThan(0.9);
    expect(verdicts(rounds(20, 600), 10, 1.1, drifting, "paired").fail).toBeGreaterThan(0.9);
  });

  test("find 5 % under a drift that hides them where runs are not taken as pairs", () => {
    const count = rounds(20, 600);
    const paired = verdicts(count, 10, 1.05, drifting, "paired", 0.02);
    const independent = verdicts(count, 10, 1.05, drifting, "independent", 0.02);
    expect(paired.seen).toBeGreaterThan(0.8);
    expect(paired.fail).toBeGreaterThan(0.5);
    expect(paired.pass).toBe(0);
    expect(independent.seen).toBeLessThan(0.05);
    expect(independent.fail).toBe(0);
  });
});
