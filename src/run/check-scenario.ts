import { type AbortRule, abortRuleOf } from "../gates/abort.ts";
import { comparesWithBaseline, type Gate, GateError } from "../gates/gate.ts";
import type { Names } from "../gates/metric-name.ts";
import { parseGate } from "../gates/parse.ts";
import { settledNs } from "../metrics/disturbance/undisturbed.ts";
import { problemsOfAnyPlan } from "../plan/any-plan.ts";
import {
  loadScenario,
  loadScenarioObject,
  type ParseOptions,
  type ScenarioObject,
} from "../scenario/parse.ts";
import type { GateAbort, Position, Scenario, ScenarioDraft } from "../scenario/scenario.ts";
import {
  copyOfScenario,
  type Problem,
  scenarioError,
  scenarioProblem,
} from "../scenario/source/problem.ts";
import { checkAbortData, checkGateData, type Parts } from "./gate-data.ts";

/** A gate with the line it stands on, as the result names it. */
export interface PlacedGate {
  readonly gate: Gate;
  /** In the scenario's file, from 1. */
  readonly line: number;
  /** Where its expression starts. */
  readonly position: Position;
  /** How it may end the run; null: it is judged at the end. */
  readonly abort: AbortRule | null;
}

/**
 * Parses and type-checks all gates of a scenario.
 *
 * @throws ScenarioError (exit 2) with every wrong gate, at its place in the file
 */
export function parseGates(scenario: Scenario): PlacedGate[] {
  const { gates, problems } = readGates({
    gates: scenario.gates,
    workloads: new Map(scenario.workloads.map((workload) => [workload.name, workload])),
    servers: new Map(scenario.servers.map((server) => [server.name, server])),
    patterns: new Map(scenario.workloads.map(({ name, pattern }) => [name, pattern])),
    parts: partsOf(scenario.workloads),
  });
  if (problems.length > 0) throw scenarioError(scenario, problems);
  return gates;
}

/** The names that gates can use. */
export function gateNames({ workloads, servers }: Pick<Scenario, "workloads" | "servers">): Names {
  return {
    workloads: workloads.map(({ name }) => name),
    servers: servers.map(({ name }) => name),
    parts: partsOf(workloads),
  };
}

function partsOf(workloads: Scenario["workloads"]): ScenarioDraft["parts"] {
  return new Map(workloads.map(({ name, parts }) => [name, parts?.names ?? []]));
}

/** The gates, and what is wrong with those that are not among them. */
export function readGates({ gates: texts, ...parts }: Parts & Pick<ScenarioDraft, "gates">): {
  readonly gates: PlacedGate[];
  readonly problems: Problem[];
} {
  const { workloads, servers } = parts;
  const names = {
    workloads: [...workloads.keys()],
    servers: [...servers.keys()],
    parts: parts.parts,
  };
  const problems: Problem[] = [];
  const gates: PlacedGate[] = [];
  for (const { expression, position, abort: given } of texts) {
    try {
      const gate = parseGate(expression, names);
      checkGateData(gate, parts);
      const abort = given === null ? null : readAbort(gate, given, parts, problems);
      gates.push({ gate, line: position.line, position, abort });
    } catch (error) {
      if (!(error instanceof GateError)) throw error;
      // The expression is normally a plain scalar; if it is quoted or folded the caret may be slightly off.
      const column = position.column + error.offset;
      problems.push(scenarioProblem({ ...position, column }, error.message));
    }
  }
  return { gates, problems };
}

function readAbort(
  gate: Gate,
  { afterNs, position }: GateAbort,
  parts: Parts,
  problems: Problem[],
): AbortRule | null {
  try {
    const rule = abortRuleOf(gate, afterNs, settledNs);
    checkAbortData(gate, rule, parts);
    return rule;
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    problems.push(scenarioProblem(position, error.message));
    return null;
  }
}

/** Splits a scenario's gates that compare with a baseline from the scenario. */
export function withoutBaselineGates(scenario: Scenario): {
  readonly scenario: Scenario;
  readonly comparing: readonly PlacedGate[];
} {
  const placed = parseGates(scenario);
  const compares = placed.map(({ gate }) => comparesWithBaseline(gate));
  return {
    scenario: copyOfScenario(scenario, {
      ...scenario,
      gates: scenario.gates.filter((_, index) => !compares[index]),
    }),
    comparing: placed.filter((_, index) => compares[index]),
  };
}

/**
 * Reads a scenario and checks everything that can be checked before anything runs, including its gates.
 *
 * @param source the path of its file, "-" for standard input; or what a program made
 * @throws       (rejects with) UserError: it cannot be read; ScenarioError: every problem found, at its place
 */
export function loadChecked(
  source: string | ScenarioObject,
  { check, ...options }: ParseOptions,
): Promise<Scenario> {
  const checking: ParseOptions = {
    ...options,
    check(draft) {
      const problems = [...readGates(draft).problems, ...(check?.(draft) ?? [])];
      return problems.length === 0 || draft.scenario === null
        ? problems
        : [...problems, ...problemsOfAnyPlan(draft.scenario)];
    },
  };
  return typeof source === "string"
    ? loadScenario(source, checking)
    : loadScenarioObject(source, checking);
}
