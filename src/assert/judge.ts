/** What tests ask of a result: each question has an answer, or nothing was found about the server. */
import type { Gate as WrittenGate } from "../api/gates.ts";
import type { RunResult } from "../api/result.ts";
import { UserError } from "../base/errors.ts";
import { evaluateGate, type JudgedValues } from "../gates/evaluate.ts";
import { comparesWithBaseline, type Gate, GateError } from "../gates/gate.ts";
import type { MetricRef } from "../gates/metric.ts";
import { parseGate } from "../gates/parse.ts";
import { formatValue } from "../results/format-value.ts";
import type { GateOutcome, RunResult as StoredResult } from "../results/result.ts";
import { resultValues } from "../results/series/result-values.ts";
import { gatesMessage, type Judged, judgedMessage, noVerdictMessage } from "./message.ts";

/** What was found. */
export interface Answer {
  /** Null: nothing was found about the server. */
  readonly holds: boolean | null;
  /** Where nothing was found: why, in one line. */
  readonly reason: string;
  /** For people, whichever answer the test wanted. */
  message(): string;
  /** As failures show them. */
  readonly actual: string;
  readonly expected: string;
}

/** Whether a run has passed: all of its gates, and what is asked of every run. */
export function judgePasses(given: RunResult): Answer {
  const result = storedOf(given);
  const none = withoutVerdict(result, given.file);
  if (none !== null) return none;
  const { outcome, reasons } = result.run;
  return {
    holds: outcome === "pass",
    reason: "",
    message: () => gatesMessage(result, given.file, gatesOf(result)),
    actual: outcome === "pass" ? "pass" : reasons.join("\n"),
    expected: "pass",
  };
}

/**
 * Whether a gate holds: one of the scenario's, or another.
 *
 * @throws UserError where it is wrong, cannot be judged by a result alone, or the run has no data for it
 */
export function judgeHolds(given: RunResult, asked: string | WrittenGate): Answer {
  const result = storedOf(given);
  const gate = parsed(String(asked), result);
  const none = withoutVerdict(result, given.file);
  if (none !== null) return none;
  const judged = judgedOf(result, gate);
  const { verdict, actual, limit, unit } = judged.outcome;
  if (verdict === "noData") {
    throw new UserError(
      `${gate.expression}: the run has no data for it, which proves nothing: ask for what the workload measures`,
    );
  }
  const isOpen = verdict === "inconclusive";
  return {
    holds: isOpen ? null : verdict === "pass",
    reason: isOpen
      ? `${gate.expression}: it was ${formatValue(actual, unit)}, and what disturbed the load generator or the machine may be why`
      : "",
    message: () => judgedMessage(result, given.file, judged),
    actual: formatValue(actual, unit),
    expected: `${gate.operator} ${formatValue(limit, unit)}`,
  };
}

/** @throws UserError where a test gives something else */
export function storedOf(given: unknown): StoredResult {
  const { run, workloads, gates } = (given ?? {}) as Partial<StoredResult>;
  if (run?.outcome === undefined || workloads === undefined || gates === undefined) {
    throw new UserError(
      "this is not a result of slash8: give what run() resolves to, or readResult() of a file",
    );
  }
  return given as StoredResult;
}

/** Null: the run has a verdict. */
function withoutVerdict(result: StoredResult, file: string | null): Answer | null {
  const { outcome, reasons } = result.run;
  if (outcome !== "invalid" && outcome !== "interrupted") return null;
  return {
    holds: null,
    reason: `the run is ${outcome}: ${reasons.join("; ")}`,
    message: () => noVerdictMessage(result, file),
    actual: outcome,
    expected: "pass",
  };
}

function gatesOf(result: StoredResult): readonly Judged[] {
  const names = namesOf(result);
  const samplesIn = (expression: string) => {
    try {
      return samplesOf(parseGate(expression, names), result);
    } catch (error) {
      // Another version may know other metrics.
      if (error instanceof GateError) return null;
      throw error;
    }
  };
  return result.gates.map((outcome) => ({
    outcome,
    samples: samplesIn(outcome.expression),
  }));
}

function judgedOf(result: StoredResult, gate: Gate): Judged {
  const own = result.gates.find(({ expression }) => spaced(expression) === spaced(gate.expression));
  return { outcome: own ?? evaluated(result, gate), samples: samplesOf(gate, result) };
}

function spaced(expression: string): string {
  return expression.trim().replaceAll(/\s+/g, " ");
}

function evaluated(result: StoredResult, gate: Gate): GateOutcome {
  if (gate.windowNs !== null || comparesWithBaseline(gate)) {
    const what = gate.windowNs === null ? "baseline" : "over";
    throw new UserError(
      `${gate.expression}: "${what}" is judged while the run has all that it needs: write the gate in the scenario`,
    );
  }
  return { ...evaluateGate(gate, { ...judgedValues(result), windows: () => [] }), line: 0 };
}

/**
 * A result has response times and rates without what was disturbed, and of the rest how much of all that is. What each
 * exchange is to be credited with it has not, so less is decided than by a gate of the scenario; never another way.
 */
function judgedValues(result: StoredResult): JudgedValues {
  const values = resultValues(result);
  const calm = resultValues({ ...result, workloads: undisturbed(result.workloads) });
  const ratio = (metric: MetricRef) => ratioOf(result, metric);
  return {
    ...values,
    undisturbed: {
      ratio,
      value: (metric) =>
        ratio(metric) >= 1 ? values.value(metric) : isKnownCalm(metric) ? calm.value(metric) : null,
    },
    credited: { value: () => null },
  };
}

function isKnownCalm(metric: MetricRef): boolean {
  return metric.of !== "server" && /^(responseTime|rate\.receivedPerSecond)$/.test(metric.metric);
}

function undisturbed(workloads: StoredResult["workloads"]): StoredResult["workloads"] {
  const entries = Object.entries(workloads).map(([name, workload]) => {
    const { responseTime, receivedPerSecond } = workload.undisturbed ?? workload;
    const rate = { ...workload.rate, receivedPerSecond };
    const { parts: _, ...rest } = workload;
    return [name, { ...rest, responseTime, rate }] as const;
  });
  return Object.fromEntries(entries) as StoredResult["workloads"];
}

function ratioOf({ workloads }: StoredResult, metric: MetricRef): number {
  const chosen =
    metric.of === "server" || metric.workload === null
      ? Object.values(workloads)
      : [workloads[metric.workload]];
  return Math.min(1, ...chosen.map((workload) => workload?.undisturbed?.ratio ?? 1));
}

/** How many samples the left side is of; null: it is not of samples. */
function samplesOf({ left: { metric, dividedBy } }: Gate, result: StoredResult): number | null {
  if (metric.of !== "timing" || dividedBy !== null) return null;
  return resultValues(result).value({ ...metric, statistic: "count" });
}

function parsed(text: string, result: StoredResult): Gate {
  try {
    return parseGate(text, namesOf(result));
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    throw new UserError(`${text}\n${" ".repeat(error.offset)}^\n${error.message}`);
  }
}

function namesOf({ workloads, servers }: StoredResult): Parameters<typeof parseGate>[1] {
  return {
    workloads: Object.keys(workloads),
    servers: Object.keys(servers),
    parts: new Map(
      Object.entries(workloads).map(([name, { parts }]) => [name, Object.keys(parts ?? {})]),
    ),
  };
}
