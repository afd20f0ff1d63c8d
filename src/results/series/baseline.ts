/** Earlier results, as gates compare with them. */
import type { Scenario } from "../../scenario/scenario.ts";
import type { BaselineResult } from "../baseline-result.ts";
import { type Fingerprint, fingerprintOfResult, unlikeParts } from "../fingerprint.ts";
import type { RunResult } from "../result.ts";
import { resultValues } from "./result-values.ts";
import { unlikeScenarios } from "./unlike-scenarios.ts";

export function baselineOf(path: string, result: RunResult): BaselineResult {
  return {
    path,
    values: resultValues(result),
    fingerprint: fingerprintOfResult(result),
    outcome: result.run.outcome,
    endedEarly: result.run.abortedBy !== null,
    scenario: result.scenario.resolved,
  };
}

/** Why a baseline may not be suitable, for people; it is used nevertheless. */
export function baselineWarnings(
  baseline: readonly BaselineResult[],
  here: Fingerprint,
  scenario: Scenario,
): readonly string[] {
  if (baseline.length === 0) return [];
  const doubtful = baseline
    .filter(({ outcome }) => outcome === "invalid" || outcome === "interrupted")
    .map(({ path, outcome }) => `the baseline ${path} is ${outcome}: its figures may not be right`);
  const early = baseline
    .filter(({ endedEarly }) => endedEarly)
    .map(({ path }) => `a gate ended the baseline ${path} early: its figures are of its beginning`);
  const prints = baseline.map(({ fingerprint }) => fingerprint);
  const unlike = [
    ...unlikeParts(prints, [here]),
    ...new Set(baseline.flatMap((result) => unlikeScenarios(result.scenario, scenario))),
  ];
  if (unlike.length === 0) return [...doubtful, ...early];
  const what = `the baseline was made under other conditions, whose effects gates may attribute to the server: ${unlike.join("; ")}`;
  return [...doubtful, ...early, what];
}
