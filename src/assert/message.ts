/** What failures of tests say: in words alone, as each runner has its own colours. */
import picocolors from "picocolors";
import { formatCount } from "../base/units.ts";
import { formatValue } from "../results/format-value.ts";
import type { GateOutcome, RunResult } from "../results/result.ts";
import { renderVerdict } from "../results/text/summary.ts";
import { findingsSection } from "../results/text/summary-findings.ts";
import { alignColumns } from "../results/text/text-table.ts";

/** A gate, and of how many samples its left side is; null: it is not of samples. */
export interface Judged {
  readonly outcome: GateOutcome;
  readonly samples: number | null;
}

const plain = picocolors.createColors(false);
const width = 100;

/** Of a run that has passed or failed: every gate, what else went wrong, and what affects the figures. */
export function gatesMessage(
  result: RunResult,
  file: string | null,
  gates: readonly Judged[],
): string {
  const others = result.run.reasons.filter((reason) => !reason.startsWith("gate failed: "));
  const failed = gates.filter(({ outcome }) => outcome.verdict === "fail").length;
  const head =
    result.run.outcome === "pass"
      ? `passes: ${gates.length === 0 ? "it has no gates" : `${gates.length} of ${gates.length} gates hold`}`
      : `fails${gates.length === 0 ? "" : `: ${failed} of ${gates.length} gates do not hold`}`;
  return withContext(result, file, [
    `${result.scenario.name} ${head}`,
    ...others.map((reason) => `  - ${reason}`),
    ...rowsOf(gates),
  ]);
}

/** Of one gate. */
export function judgedMessage(result: RunResult, file: string | null, judged: Judged): string {
  const words: Readonly<Record<GateOutcome["verdict"], string>> = {
    pass: "holds",
    fail: "does not hold",
    inconclusive:
      "is inconclusive: what disturbed the load generator or the machine may be why it does not hold",
    noData: "has no data",
  };
  const { expression, verdict } = judged.outcome;
  return withContext(result, file, [
    `${result.scenario.name}: ${expression} ${words[verdict]}`,
    ...rowsOf([judged]),
  ]);
}

/** Of a run that is invalid or was interrupted. */
export function noVerdictMessage(result: RunResult, file: string | null): string {
  const { outcome } = result.run;
  return withContext(result, file, [
    outcome === "invalid"
      ? "the run is invalid: nothing was found about the server, neither that it is good nor that it is bad"
      : "the run was interrupted: nothing was found about the server",
    "",
    renderVerdict(result, { color: false, width }).trimEnd(),
  ]);
}

function withContext(result: RunResult, file: string | null, lines: readonly string[]): string {
  const findings = result.run.findings.filter(({ severity }) => severity !== "info");
  const section = findingsSection({ ...result, run: { ...result.run, findings } }, plain, width);
  const places = [
    ...(file === null ? [] : [`result: ${file}`]),
    ...(result.run.logFolder === null ? [] : [`output of servers: ${result.run.logFolder}`]),
  ];
  return [lines, section, places]
    .filter((part) => part.length > 0)
    .map((part) => part.join("\n"))
    .join("\n\n");
}

function rowsOf(gates: readonly Judged[]): string[] {
  const marks = { pass: "✓", fail: "✗", inconclusive: "?", noData: "?" } as const;
  return alignColumns(
    gates.map(({ outcome: { expression, actual, limit, unit, verdict }, samples }) => [
      "",
      marks[verdict],
      expression,
      `was ${formatValue(actual, unit)}`,
      `limit ${formatValue(limit, unit)}`,
      ...(samples === null ? [] : [`${formatCount(samples)} samples`]),
    ]),
  );
}
