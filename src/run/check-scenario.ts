import { protocols } from "../address/protocol.ts";
import { comparesWithBaseline, type Gate, GateError, metricsOf } from "../gates/gate.ts";
import { parseGate } from "../gates/parse.ts";
import { builtinProtocols } from "../scenario/builtins.ts";
import { loadScenario, type ParseOptions } from "../scenario/parse.ts";
import type { Position, Scenario } from "../scenario/scenario.ts";
import { type Problem, scenarioError, scenarioProblem } from "../scenario/source/problem.ts";

/** A gate with the line it stands on, as the result names it. */
export interface PlacedGate {
  readonly gate: Gate;
  /** In the scenario's file, from 1. */
  readonly line: number;
  /** Where its expression starts. */
  readonly position: Position;
}

/**
 * Parses and type-checks all gates of a scenario.
 *
 * @throws ScenarioError (exit 2) with every wrong gate, at its place in the file
 */
export function parseGates(scenario: Scenario): PlacedGate[] {
  const names = {
    workloads: scenario.workloads.map(({ name }) => name),
    servers: scenario.servers.map(({ name }) => name),
  };
  const problems: Problem[] = [];
  const gates: PlacedGate[] = [];
  for (const { expression, position } of scenario.gates) {
    try {
      const gate = parseGate(expression, names);
      checkCounts(gate, scenario);
      checkStatuses(gate, scenario);
      gates.push({ gate, line: position.line, position });
    } catch (error) {
      if (!(error instanceof GateError)) throw error;
      // The expression is normally a plain scalar; if it is quoted or folded the caret may be slightly off.
      const column = position.column + error.offset;
      problems.push(scenarioProblem({ ...position, column }, error.message));
    }
  }
  if (problems.length > 0) throw scenarioError(scenario, problems);
  return gates;
}

/** Splits a scenario's gates that compare with a baseline from the scenario. */
export function withoutBaselineGates(scenario: Scenario): {
  readonly scenario: Scenario;
  readonly comparing: readonly PlacedGate[];
} {
  const placed = parseGates(scenario);
  const compares = placed.map(({ gate }) => comparesWithBaseline(gate));
  return {
    scenario: { ...scenario, gates: scenario.gates.filter((_, index) => !compares[index]) },
    comparing: placed.filter((_, index) => compares[index]),
  };
}

/** Only built-in servers count what they receive, and some counters exist only for UDP. */
function checkCounts(gate: Gate, { servers }: Scenario): void {
  for (const ref of metricsOf(gate)) {
    if (ref.of !== "server" || !ref.metric.startsWith("counts.")) continue;
    const { kind, builtin } = servers.find(({ name }) => name === ref.server) ?? {};
    const full = `servers.${ref.server}.${ref.metric}`;
    const offset = gate.expression.indexOf(full) + "servers.".length + ref.server.length + 1;
    if (kind !== "builtin") {
      const instead = "what its clients counted is in <workload>.exchanges";
      throw new GateError(`server "${ref.server}" is not built in: ${instead}`, offset);
    }
    if (
      ref.metric.startsWith("counts.udp.") &&
      (builtin == null || !protocols[builtinProtocols[builtin]].isDatagram)
    ) {
      throw new GateError(`server "${ref.server}" is ${builtin}: it has no UDP counters`, offset);
    }
  }
}

/** Only HTTP replies have a status. */
function checkStatuses(gate: Gate, { workloads }: Scenario): void {
  for (const ref of metricsOf(gate)) {
    if (ref.of !== "status") continue;
    const named = workloads.filter(({ name }) => ref.workload === null || name === ref.workload);
    if (named.some(({ framing }) => framing?.kind === "http")) continue;
    const who = ref.workload === null ? "no workload" : `workload "${ref.workload}"`;
    const has = ref.workload === null ? "has" : "does not have";
    throw new GateError(
      `${who} ${has} framing: http, so no reply has an HTTP status`,
      gate.expression.indexOf(`.${ref.metric}`) + 1,
    );
  }
}

/**
 * Reads a scenario and checks everything that can be checked before anything runs, including its gates.
 *
 * @param path of the file; "-" for standard input
 * @throws     UserError: it cannot be read; ScenarioError: every problem found, at its place
 */
export function loadChecked(path: string, options: ParseOptions): Scenario {
  const scenario = loadScenario(path, options);
  parseGates(scenario);
  return scenario;
}
