import { isUnjudged } from "../format-value.ts";
import type { GateOutcome, RunResult } from "../result.ts";
import { gateMessage } from "./junit.ts";

type Status = "passed" | "failed" | "skipped" | "other";

interface Test {
  readonly name: string;
  readonly status: Status;
  /** Whole ms. */
  readonly duration: number;
  readonly [field: string]: unknown;
}

/**
 * Renders the verdict in the Common Test Report Format: one test for the run itself and one for each gate. What has no
 * verdict is "other", with its reason: it is neither green nor red. A gate that was not judged, as another one ended
 * the run, is "skipped".
 *
 * @see schema/ctrf.schema.json of ctrf-io/ctrf
 */
export function renderCtrf({ run, scenario, gates, tool }: RunResult): string {
  const start = Date.parse(run.startedAt);
  const stop = start + Math.round(run.durationMs);
  const about = { suite: [scenario.name], type: "load", filePath: scenario.file };
  const message = run.reasons.join("\n");
  const tests: Test[] = [
    {
      name: "run",
      status: statusOfRun(run.outcome, gates),
      duration: stop - start,
      start,
      stop,
      ...about,
      rawStatus: run.outcome,
      ...(message === "" ? {} : { message }),
    },
    ...gates.map((gate) => ({
      name: gate.expression,
      status: statusOfGate(gate),
      duration: 0,
      ...about,
      ...(gate.line > 0 ? { line: gate.line } : {}),
      rawStatus: gate.verdict,
      ...(gate.verdict === "pass" ? {} : { message: gateMessage(gate) }),
    })),
  ];
  const count = (status: string) => tests.filter((test) => test.status === status).length;
  const report = {
    reportFormat: "CTRF",
    specVersion: "0.0.0",
    timestamp: new Date(stop).toISOString(),
    generatedBy: tool.name,
    results: {
      tool: { name: tool.name, version: tool.version },
      summary: {
        tests: tests.length,
        passed: count("passed"),
        failed: count("failed"),
        pending: 0,
        skipped: count("skipped"),
        other: count("other"),
        start,
        stop,
      },
      tests,
    },
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** A run that failed because of a gate is itself in order: the gate is what failed. */
function statusOfRun(outcome: RunResult["run"]["outcome"], gates: readonly GateOutcome[]): Status {
  if (outcome === "invalid" || outcome === "interrupted") return "other";
  const failedAlone = outcome === "fail" && gates.every(({ verdict }) => verdict !== "fail");
  return failedAlone ? "failed" : "passed";
}

function statusOfGate(gate: GateOutcome): Status {
  if (gate.verdict === "pass") return "passed";
  if (gate.verdict === "fail") return "failed";
  return isUnjudged(gate) ? "skipped" : "other";
}
