import { describe, expect, test } from "vitest";
import { buildResult } from "../../../src/results/build/build.ts";
import { fingerprintOfResult } from "../../../src/results/fingerprint.ts";
import { baselineOf, baselineWarnings } from "../../../src/results/series/baseline.ts";
import { resultInput } from "../fixture.ts";

const result = buildResult(resultInput());
const here = fingerprintOfResult(result);
const scenario = result.scenario.resolved;

describe("a baseline", () => {
  test("of the same host and scenario raises no doubt", () => {
    expect(baselineWarnings([baselineOf("a.json", result)], here, scenario)).toEqual([]);
    expect(baselineWarnings([], here, scenario)).toEqual([]);
  });

  test("of another host or with another load is said to be so", () => {
    const host = { ...result.host, cpuModel: "Other CPU", cpus: 64 };
    const workloads = scenario.workloads.map((workload) => ({ ...workload, connections: 99 }));
    const other = {
      ...result,
      host,
      scenario: { ...result.scenario, resolved: { ...scenario, workloads } },
    };
    expect(baselineWarnings([baselineOf("a.json", other)], here, scenario)).toEqual([
      expect.stringMatching(
        /other conditions.*CPU model: Other CPU against Some CPU; CPUs: 64 against 2; chat\.connections: 99 against 10/,
      ),
    ]);
  });

  test("that is invalid is said to be so", () => {
    const invalid = { ...result, run: { ...result.run, outcome: "invalid" as const } };
    expect(baselineWarnings([baselineOf("a.json", invalid)], here, scenario)).toEqual([
      "the baseline a.json is invalid: its figures may not be right",
    ]);
  });

  test("that a gate ended early is said to be so", () => {
    const abortedBy = { gate: "chat.errors == 0", line: 9, atMs: 4000 };
    const early = { ...result, run: { ...result.run, abortedBy } };
    expect(baselineWarnings([baselineOf("a.json", early)], here, scenario)).toEqual([
      "a gate ended the baseline a.json early: its figures are of its beginning",
    ]);
  });

  test("is in the result that was judged by it, and limits its gates", () => {
    const gates = ["chat.responseTime.p99 <= baseline * 1.1", "chat.responseTime.p99 < baseline"];
    const judged = buildResult(resultInput({ gates, baseline: [baselineOf("a.json", result)] }));
    expect(judged.baseline).toEqual(["a.json"]);
    expect(judged.gates.map(({ verdict }) => verdict)).toEqual(["pass", "fail"]);
    const without = buildResult(resultInput({ gates }));
    expect(without.run.outcome).toBe("invalid");
    expect(without.run.reasons[0]).toMatch(/gate without data: .* its limit has no data/);
  });
});
