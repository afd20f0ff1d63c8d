/** What `baseline` in gates refers to: what is given for a run, or else the scenario's own. */
import { UserError } from "../../base/errors.ts";
import { comparesWithBaseline } from "../../gates/gate.ts";
import type { BaselineResult } from "../../results/baseline-result.ts";
import { reading } from "../../results/files/read.ts";
import { readResults } from "../../results/files/read-all.ts";
import type { RunResult } from "../../results/result.ts";
import { baselineOf } from "../../results/series/baseline.ts";
import { type PlacedGate, parseGates, readGates } from "../../run/check-scenario.ts";
import type { BaselineFile, Scenario, ScenarioDraft } from "../../scenario/scenario.ts";
import { type Problem, scenarioError, scenarioProblem } from "../../scenario/source/problem.ts";

/** Files, or results that are there already. */
export type GivenBaseline = readonly (string | RunResult)[];

/** Stands for a result without a file in messages and in results. */
const withoutFile = "(a result)";

/**
 * Reads the baseline before anything runs.
 *
 * @param given empty: the scenario's own
 * @returns     `isUnused`: one is given, and no gate compares with it
 * @throws      ScenarioError (exit 2) where a gate compares with a baseline and there is none, or where a file that
 *              the scenario names cannot be read; UserError for one that is given
 */
export function readBaseline(
  scenario: Scenario,
  given: GivenBaseline,
): { readonly baseline: readonly BaselineResult[]; readonly isUnused: boolean } {
  const gates = parseGates(scenario);
  if (given.length === 0) {
    const { found, problems } = readScenarioBaseline(scenario.baseline, gates);
    if (problems.length > 0) throw scenarioError(scenario, problems);
    return { baseline: found, isUnused: false };
  }
  const files = given.filter((one) => typeof one === "string");
  const results = given.filter((one) => typeof one !== "string");
  const baseline = reading(files, () => [
    ...(files.length === 0 ? [] : readResults(files)).map(({ path, result }) =>
      baselineOf(path, result),
    ),
    ...results.map((result) => baselineOf(withoutFile, result)),
  ]);
  return { baseline, isUnused: !gates.some(({ gate }) => comparesWithBaseline(gate)) };
}

/** What is wrong with a scenario's own baseline, to be reported with its other problems. */
export function baselineProblems(draft: ScenarioDraft, given: GivenBaseline): readonly Problem[] {
  if (given.length > 0) return [];
  return readScenarioBaseline(draft.baseline, readGates(draft).gates).problems;
}

/** The same where no baseline is given with the command: what a scenario names itself has to be there. */
export function scenarioBaselineProblems(draft: ScenarioDraft): readonly Problem[] {
  return draft.baseline.length === 0 ? [] : baselineProblems(draft, []);
}

function readScenarioBaseline(
  files: readonly BaselineFile[],
  gates: readonly PlacedGate[],
): { readonly found: readonly BaselineResult[]; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const found = files.flatMap(({ path, position }) => {
    try {
      return reading([path], () =>
        readResults([path]).map((named) => baselineOf(named.path, named.result)),
      );
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(scenarioProblem(position, error.message));
      return [];
    }
  });
  if (files.length === 0) problems.push(...gates.flatMap(withoutBaseline));
  return { found, problems };
}

function withoutBaseline({ gate, position }: PlacedGate): Problem[] {
  if (!("baselineOffset" in gate.right)) return [];
  return [
    scenarioProblem(
      { ...position, column: position.column + gate.right.baselineOffset },
      "there is no baseline to compare with: give results with --baseline FILE, or with baseline: in the scenario",
    ),
  ];
}
