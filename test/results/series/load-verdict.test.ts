import { expect, test } from "vitest";
import { buildResult } from "../../../src/results/build/build.ts";
import type { Severity } from "../../../src/results/findings/finding.ts";
import type { RunResult } from "../../../src/results/result.ts";
import { stepOf } from "../../../src/results/series/limit-record.ts";
import { loadVerdict } from "../../../src/results/series/load-verdict.ts";
import { measured, resultInput } from "../fixture.ts";

const resultOf = (parts: Parameters<typeof resultInput>[0]) => buildResult(resultInput(parts));
const failing = "chat.responseTime.p99 < 1us";

test.each([
  ["passed", {}, "held"],
  ["failed a gate", { gates: [failing] }, "broke"],
  ["lost its server", { serverEnds: ["server echo exited during the run"] }, "broke"],
  ["was interrupted", { run: { interrupted: true } }, null],
  ["lost a worker", { workerExits: [{ worker: 1, reason: "gone" }] }, "generator"],
  ["fell short", { workloads: [measured(0, { offered: 100, sent: 90 })] }, "generator"],
  [
    "found every connection waiting",
    { workloads: [measured(0, { offered: 100, sent: 90, unsent: 10 })] },
    "broke",
  ],
  ["had no data", { gates: ["chat.exchanges.late / chat.exchanges.failed < 1%"] }, "broke"],
] as const)("a run that %s", (_, parts, verdict) => {
  expect(loadVerdict(resultOf(parts))).toBe(verdict);
});

test.each([
  ["generator", "generator", []],
  ["generator", "disturbed", [{ verdict: "inconclusive" }]],
  ["machine", "disturbed", []],
  ["data", "broke", [{ verdict: "noData" }]],
] as const)("a run that is invalid by %s is %s, by its gates", (invalidBy, verdict, judged) => {
  const result = resultOf({ gates: [failing] });
  const gates = judged.map(
    (gate) => ({ ...result.gates[0], ...gate }) as RunResult["gates"][number],
  );
  const run = { ...result.run, outcome: "invalid", invalidBy } as const;
  expect(loadVerdict({ ...result, run, gates })).toBe(verdict);
});

test.each([
  ["stopped", 1500, "disturbed"],
  ["cpu", 80, "disturbed"],
  ["steal", 80, "disturbed"],
  ["cpu", 5, "generator"],
  ["gc", 80, "generator"],
  ["input", 80, "generator"],
] as const)(
  "a run that fell short after a pause (%s, %i ms) is %s",
  (cause, durationMs, verdict) => {
    const result = resultOf({ workloads: [measured(0, { offered: 100, sent: 90 })] });
    const pauses = [{ worker: 0, receivers: null, atMs: 2500, durationMs, cause }];
    expect(loadVerdict({ ...result, run: { ...result.run, pauses } })).toBe(verdict);
  },
);

test("a gate that failed by the generator's own lag says nothing about the server", () => {
  const late = (result: RunResult, severity: Severity): RunResult => {
    const what = { about: "generator", code: "generator.late" } as const;
    const finding = {
      ...what,
      severity,
      subject: "chat",
      text: "chat: left late",
      evidence: {},
      todo: "",
    };
    return { ...result, run: { ...result.run, findings: [finding] } };
  };
  const result = resultOf({ gates: [failing] });
  expect(loadVerdict(late(result, "severe"))).toBe("generator");
  expect(loadVerdict(late(result, "warning"))).toBe("broke");
  const step = stepOf(1, 300, "generator", late(result, "severe"), "01-300.json");
  expect(step.reasons[0]).toBe("chat: left late");
  expect(stepOf(1, 300, "broke", result, "x.json")).toMatchObject({
    gates: [{ expression: failing, verdict: "fail" }],
    reasons: [`gate failed: ${failing} (it was 1.00 ms)`],
  });
  const both = resultOf({ gates: [failing, "total.errors > 5"] });
  expect(loadVerdict(late(both, "severe"))).toBe("broke");
  const ended = resultOf({ gates: [failing], serverEnds: ["server echo exited during the run"] });
  expect(loadVerdict(late(ended, "severe"))).toBe("broke");
});
