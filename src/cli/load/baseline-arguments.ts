/** What `baseline` in gates refers to: `--baseline`, or else the scenario's own. */
import { UserError } from "../../base/errors.ts";
import { comparesWithBaseline } from "../../gates/gate.ts";
import type { BaselineResult } from "../../results/baseline-result.ts";
import { reading } from "../../results/files/read.ts";
import { readResults } from "../../results/files/read-all.ts";
import { baselineOf } from "../../results/series/baseline.ts";
import { parseGates } from "../../run/check-scenario.ts";
import type { Scenario } from "../../scenario/scenario.ts";
import { type Problem, scenarioError, scenarioProblem } from "../../scenario/source/problem.ts";
import { printNotice } from "../terminal/output.ts";

/**
 * Reads the baseline before anything runs.
 *
 * @throws ScenarioError (exit 2) where a gate compares with a baseline and there is none, or where a file that
 *         the scenario names cannot be read; UserError for one that the command line names
 */
export async function readBaseline(
  scenario: Scenario,
  args: Readonly<Record<string, unknown>>,
): Promise<readonly BaselineResult[]> {
  const given = (args.baseline as readonly string[] | undefined) ?? [];
  const comparing = parseGates(scenario).filter(({ gate }) => comparesWithBaseline(gate));
  if (given.length > 0) {
    const found = reading(given, () =>
      readResults(given).map(({ path, result }) => baselineOf(path, result)),
    );
    if (comparing.length === 0) {
      await printNotice('slash8: --baseline is of no use: no gate compares with "baseline"');
    }
    return found;
  }
  if (scenario.baseline.length > 0) return readScenarioBaseline(scenario);
  const problems = comparing.map(({ gate, position }) => {
    const offset = "baselineOffset" in gate.right ? gate.right.baselineOffset : 0;
    return scenarioProblem(
      { ...position, column: position.column + offset },
      "there is no baseline to compare with: give results with --baseline FILE, or with baseline: in the scenario",
    );
  });
  if (problems.length > 0) throw scenarioError(scenario, problems);
  return [];
}

function readScenarioBaseline(scenario: Scenario): BaselineResult[] {
  const problems: Problem[] = [];
  const found = scenario.baseline.flatMap(({ path, position }) => {
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
  if (problems.length > 0) throw scenarioError(scenario, problems);
  return found;
}
