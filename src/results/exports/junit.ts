import { formatValue, isUnjudged } from "../format-value.ts";
import type { GateOutcome, RunResult } from "../result.ts";
import { attribute, element } from "./xml.ts";

/**
 * Renders the verdict as JUnit XML, which CI systems show test by test: one test for the run itself, an
 * error where it is invalid or was interrupted, and one for each gate.
 *
 * @see "JUnit XML" as Jenkins and GitLab read it: testsuites, testsuite, testcase, failure, error
 */
export function renderJunit({ run, scenario, gates }: RunResult): string {
  const reasons = run.reasons.join("\n");
  const isMeasured = run.outcome === "pass" || run.outcome === "fail";
  const failures = gates.filter(({ verdict }) => verdict === "fail").length;
  const isOpen = ({ verdict }: GateOutcome) => verdict === "noData" || verdict === "inconclusive";
  const errors = gates.filter(isOpen).length + (isMeasured ? 0 : 1);
  // A server that exited fails a run without any gate.
  const failed = run.outcome === "fail" && failures === 0;
  const seconds = (run.durationMs / 1e3).toFixed(3);
  const totals = `tests="${gates.length + 1}" failures="${failures + (failed ? 1 : 0)}" errors="${errors}" time="${seconds}"`;
  const verdict = isMeasured
    ? failed
      ? element("failure", "the run failed", reasons)
      : ""
    : element("error", `the run is ${run.outcome}`, reasons);
  const name = attribute(scenario.name);
  const file = attribute(scenario.file);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="slash8" ${totals}>`,
    `  <testsuite name="${name}" timestamp="${attribute(run.startedAt)}" ${totals}>`,
    `    <testcase classname="${name}" name="run" file="${file}" time="${seconds}">${verdict}</testcase>`,
    ...gates.map(
      (gate) =>
        `    <testcase classname="${name}" name="${attribute(gate.expression)}" file="${file}"${gate.line > 0 ? ` line="${gate.line}"` : ""} time="0">${gateElement(gate)}</testcase>`,
    ),
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function gateElement(gate: GateOutcome): string {
  if (gate.verdict === "pass") return "";
  const message = gateMessage(gate);
  return element(gate.verdict === "fail" ? "failure" : "error", message, message);
}

/** A gate's result in words: "p99 was 12 ms, the limit is 5 ms". */
export function gateMessage(gate: GateOutcome): string {
  const { actual, limit, unit, verdict } = gate;
  const found = `was ${formatValue(actual, unit)}, the limit is ${formatValue(limit, unit)}`;
  if (isUnjudged(gate)) return `not judged: ${found}, and the run was ended early by another gate`;
  if (verdict === "noData") return "no data: its metrics were not measured";
  if (verdict !== "inconclusive") return found;
  return `inconclusive: ${found}, and the load generator or a busy machine may be why`;
}
