import { hintFor } from "../base/suggestion.ts";
import { type AbortRule, abortRuleOf } from "../gates/abort.ts";
import { comparesWithBaseline, type Gate, GateError, metricsOf } from "../gates/gate.ts";
import { hasWindows } from "../gates/metric.ts";
import type { Names } from "../gates/metric-name.ts";
import { parseGate } from "../gates/parse.ts";
import { settledNs } from "../metrics/disturbance/undisturbed.ts";
import { problemsOfAnyPlan } from "../plan/any-plan.ts";
import { placeholdersOf } from "../scenario/at-placeholders.ts";
import {
  loadScenario,
  loadScenarioObject,
  type ParseOptions,
  type ScenarioObject,
} from "../scenario/parse.ts";
import type { AtGate, GateAbort, Position, Scenario, ScenarioDraft } from "../scenario/scenario.ts";
import {
  copyOfScenario,
  type Problem,
  scenarioError,
  scenarioProblem,
} from "../scenario/source/problem.ts";
import type { PlacedCommand } from "./at-gates.ts";
import { checkAbortData, checkCommandData, checkGateData, type Parts } from "./gate-data.ts";

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

/**
 * The commands at gates, each with its gate and the server that `{{server.pid}}` is of.
 *
 * @throws ScenarioError (exit 2) with every wrong one, at its place in the file
 */
export function parseCommands(scenario: Scenario): PlacedCommand[] {
  const { commands, problems } = readCommands({
    at: scenario.at,
    workloads: new Map(scenario.workloads.map((workload) => [workload.name, workload])),
    servers: new Map(scenario.servers.map((server) => [server.name, server])),
    patterns: new Map(scenario.workloads.map(({ name, pattern }) => [name, pattern])),
    parts: partsOf(scenario.workloads),
  });
  if (problems.length > 0) throw scenarioError(scenario, problems);
  return commands;
}

function readCommands({ at, ...parts }: Parts & Pick<ScenarioDraft, "at">): {
  readonly commands: PlacedCommand[];
  readonly problems: Problem[];
} {
  const names = {
    workloads: [...parts.workloads.keys()],
    servers: [...parts.servers.keys()],
    parts: parts.parts,
  };
  const problems: Problem[] = [];
  const commands = at.flatMap((one): PlacedCommand[] => {
    try {
      const gate = windowGate(one.expression, names);
      checkGateData(gate, parts);
      checkCommandData(gate, parts);
      return [{ gate, at: one, server: commandServer(gate, one, parts, problems) }];
    } catch (error) {
      if (!(error instanceof GateError)) throw error;
      const column = one.position.column + error.offset;
      problems.push(scenarioProblem({ ...one.position, column }, error.message));
      return [];
    }
  });
  return { commands, problems };
}

/** The gate of a command: over the shortest window, where it has none. */
function windowGate(expression: string, names: Names): Gate {
  const given = parseGate(expression, names);
  if (given.windowNs !== null) return given;
  const whole = metricsOf(given).find((ref) => !hasWindows(ref));
  if (whole !== undefined) {
    throw new GateError(
      `a command is run when a gate breaks in a window, and ${whole.metric} is known for the whole run only`,
      Math.max(0, expression.indexOf(whole.metric)),
    );
  }
  return parseGate(`${expression} over 1s`, names);
}

/** The server that `{{server.pid}}` is of; null: none is asked for. Servers whose processes are not known are noted. */
function commandServer(
  gate: Gate,
  { run, runPosition }: AtGate,
  { workloads, servers }: Parts,
  problems: Problem[],
): string | null {
  const refuse = (message: string) => {
    problems.push(scenarioProblem(runPosition, message));
    return null;
  };
  let own: string | null = null;
  for (const { text, server } of placeholdersOf(run)) {
    if (server === undefined) continue;
    const name = server ?? serverOfGate(gate, workloads);
    if (name === null) {
      return refuse(
        `${text}: the gate is not of one server's workloads; name the server: {{servers.NAME.pid}}`,
      );
    }
    const found = servers.get(name);
    if (found === undefined) {
      return refuse(`${text}: there is no server "${name}"${hintFor(name, [...servers.keys()])}`);
    }
    if (found?.kind === "external") {
      return refuse(
        `${text}: slash8 does not start server ${name}, so its process is not known; write its number`,
      );
    }
    if (server === null) own = name;
  }
  return own;
}

/** The one server that the gate's workloads send to; null: there is none, or there are several. */
function serverOfGate(gate: Gate, workloads: Parts["workloads"]): string | null {
  const named = metricsOf(gate).flatMap((ref) => {
    if (ref.of === "server") return [ref.server];
    return [...workloads]
      .filter(([name]) => ref.workload === null || ref.workload === name)
      .map(([, workload]) => workload?.server ?? null);
  });
  const [first = null, ...others] = new Set(named);
  return others.length === 0 ? first : null;
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
      const problems = [
        ...readGates(draft).problems,
        ...readCommands(draft).problems,
        ...(check?.(draft) ?? []),
      ];
      return problems.length === 0 || draft.scenario === null
        ? problems
        : [...problems, ...problemsOfAnyPlan(draft.scenario)];
    },
  };
  return typeof source === "string"
    ? loadScenario(source, checking)
    : loadScenarioObject(source, checking);
}
