import { describe, expect, test } from "vitest";
import { summariseSeries } from "../../src/compare/series.ts";
import { renderSeries } from "../../src/compare/series-text.ts";
import { parseGate } from "../../src/gates/parse.ts";
import { buildResult } from "../../src/results/build/build.ts";
import type { Outcome, RunResult } from "../../src/results/result.ts";
import { baselineOf } from "../../src/results/series/baseline.ts";
import { measured, resultInput } from "../results/fixture.ts";

const names = { workloads: ["chat"], servers: [] };

function run(responseNs: number, outcome: Outcome = "pass"): RunResult {
  const result = buildResult(
    resultInput({ workloads: [measured(0, { responseNs: () => responseNs })] }),
  );
  return { ...result, run: { ...result.run, outcome } };
}

function series(results: readonly RunResult[], gates: readonly string[] = [], baselineNs = 1e6) {
  return summariseSeries({
    runs: results.map((result, index) => ({ file: `chat-${index + 1}.json`, result })),
    repeat: results.length,
    interrupted: false,
    gates: gates.map((text, index) => ({ gate: parseGate(text, names), line: index + 1 })),
    baseline: [baselineOf("base.json", run(baselineNs))],
  });
}

describe("a series", () => {
  test("has the median and the spread of each metric", () => {
    const { p50 } = {
      p50: series([run(1e6), run(3e6), run(2e6)]).workloads.chat?.["responseTime.p50"],
    };
    expect(p50).toMatchObject({ median: 2e6, min: 1e6, max: 3e6, values: [1e6, 3e6, 2e6] });
    expect(p50?.variation).toBeCloseTo(0.5, 2);
    expect(series([run(1e6)]).workloads.chat?.["responseTime.p50"]?.variation).toBeNull();
  });

  test("does not use invalid runs, and names them", () => {
    const summary = series([run(1e6), run(9e6, "invalid"), run(1e6)]);
    expect(summary.workloads.chat?.["responseTime.p99"]?.values).toEqual([1e6, 1e6]);
    expect(summary.runs.map(({ outcome }) => outcome)).toEqual(["pass", "invalid", "pass"]);
  });

  test("does not use runs that a gate ended early", () => {
    const early = run(9e6, "fail");
    const abortedBy = { gate: "chat.errors == 0", line: 9, atMs: 4000 };
    const ended = { ...early, run: { ...early.run, abortedBy } };
    const { workloads, outcome } = series([run(1e6), ended]);
    expect(workloads.chat?.["responseTime.p99"]?.values).toEqual([1e6]);
    expect(outcome).toBe("fail");
  });

  test.each<[Outcome[], Outcome]>([
    [["pass", "pass"], "pass"],
    [["pass", "invalid"], "invalid"],
    [["invalid", "fail", "pass"], "fail"],
    [["fail", "interrupted"], "interrupted"],
  ])("of %j is %s: the worst", (outcomes, worst) => {
    expect(series(outcomes.map((outcome) => run(1e6, outcome))).outcome).toBe(worst);
  });

  test("that was stopped early does not pass", () => {
    const input = { runs: [{ file: "a-1.json", result: run(1e6) }], repeat: 3, gates: [] };
    const ended = (interrupted: boolean) =>
      summariseSeries({ ...input, interrupted, baseline: [] });
    expect(ended(true)).toMatchObject({ outcome: "interrupted" });
    expect(ended(false)).toMatchObject({
      outcome: "invalid",
      reasons: ["only 1 of 3 runs were made"],
    });
  });

  test("judges gates against the baseline by the medians", () => {
    const gate = "chat.responseTime.p99 <= baseline * 1.1";
    const summary = series([run(1e6), run(9e6), run(1.05e6)], [gate]);
    expect(summary.gates).toMatchObject([{ verdict: "pass", line: 1 }]);
    expect(summary.outcome).toBe("pass");
    const failed = series([run(1e6), run(9e6), run(1.2e6)], [gate]);
    expect(failed.outcome).toBe("fail");
    expect(failed.reasons).toEqual([`gate failed: ${gate} (the median was 1.20 ms)`]);
  });

  test("does not pass a gate without data", () => {
    const summary = series([run(1e6, "invalid")], ["chat.responseTime.p99 <= baseline"]);
    expect(summary.gates).toMatchObject([{ verdict: "noData" }]);
    expect(summary.outcome).toBe("invalid");
  });

  test("is rendered as a table", () => {
    const text = renderSeries(series([run(1e6), run(3e6)], ["chat.responseTime.p99 <= baseline"]), {
      color: false,
      width: 80,
    });
    expect(text).toMatch(/^FAIL {2}chat test: 2 runs, 2 pass\n/);
    expect(text).toMatch(/responseTime\.p50 +2\.00 ms +1\.00 ms +3\.00 ms +71 %/);
    expect(text).toMatch(/fail +chat\.responseTime\.p99 <= baseline +median 2\.00 ms/);
  });
});
