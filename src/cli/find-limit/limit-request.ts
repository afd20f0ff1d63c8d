/** The request of `slash8 find-limit`: read from its arguments and the scenario, and checked. */
import { UserError } from "../../base/errors.ts";
import { hintFor } from "../../base/suggestion.ts";
import { parseRate } from "../../base/units.ts";
import { comparesWithBaseline, GateError } from "../../gates/gate.ts";
import { parseGate } from "../../gates/parse.ts";
import { gateNames, parseGates } from "../../run/check-scenario.ts";
import { patterns } from "../../scenario/patterns.ts";
import type { Scenario, Workload } from "../../scenario/scenario.ts";
import type { SearchOptions } from "../../search/decide.ts";
import { positiveInteger, withUnit } from "../arguments/options.ts";
import { readScenario } from "../arguments/scenario-arguments.ts";
import { loadText, type Vary } from "./limit-text.ts";

type Arguments = Readonly<Record<string, unknown>>;

export interface LimitRequest {
  /** The scenario as in the file. */
  readonly scenario: Scenario;
  readonly vary: Vary;
  /** The gates that decide, as expressions. */
  readonly gates: readonly string[];
  readonly search: SearchOptions;
  /**
   * Returns the scenario of one run: with that load, and judged only by these gates.
   *
   * @throws (rejects with) ScenarioError where the scenario is not valid at that load
   */
  scenarioAt(load: number): Promise<Scenario>;
}

/** Start of the search where nothing else says: a closed model has no rate. */
const firstRate = 1000;

/** @throws (rejects with) UserError for arguments that are not valid, saying what would be; ScenarioError */
export async function readLimitRequest(args: Arguments): Promise<LimitRequest> {
  if (String(args.scenario) === "" && process.argv.includes("-")) {
    throw new UserError("find-limit reads the scenario again for each run: name a file");
  }
  const scenario = await readScenario(args);
  const hasBaseline = args.baseline !== undefined || scenario.baseline.length > 0;
  const gates = readGates(args.gate as readonly string[], scenario, hasBaseline);
  const vary = readVary(args.vary as string | undefined, gates, scenario);
  const workload = workloadOf(scenario, vary.workload);
  const load = (name: string, byDefault: number | null) =>
    readLoad(name, args[name] as string | undefined, vary, byDefault);
  const from = load("from", ownLoad(workload, vary)) ?? firstRate;
  const to = load("to", null);
  if (to !== null && to < from) {
    throw new UserError(
      `--to ${args.to} is below the start of the search, ${loadText(from, vary)}: give --from as well`,
    );
  }
  const set = [
    ...(args.set as readonly string[]),
    ...durations(args.duration as string | undefined, scenario, vary),
    ...((args.gate as readonly string[]).length > 0 ? [`gates=${JSON.stringify(gates)}`] : []),
  ];
  const request: LimitRequest = {
    scenario,
    vary,
    gates,
    search: {
      from,
      to,
      precision: args.precision as number,
      repeat: args.repeat as number,
    },
    scenarioAt(load) {
      const value = vary.what === "rate" ? `${load}/s` : String(load);
      const path = `workloads.${vary.workload}.${vary.what}`;
      return readScenario({ ...args, set: [...set, `${path}=${value}`] });
    },
  };
  // What is not valid with the scenario is reported now, not during the search.
  parseGates(await request.scenarioAt(from));
  return request;
}

function workloadOf({ workloads }: Scenario, name: string): Workload {
  const workload = workloads.find((candidate) => candidate.name === name);
  if (workload !== undefined) return workload;
  const hint = hintFor(
    name,
    workloads.map((candidate) => candidate.name),
  );
  throw new UserError(`--vary: no workload "${name}"${hint}`);
}

/** Returns the gates that are given, or else the scenario's own. */
function readGates(
  given: readonly string[],
  scenario: Scenario,
  hasBaseline: boolean,
): readonly string[] {
  if (given.length === 0) {
    if (scenario.gates.length > 0) return scenario.gates.map(({ expression }) => expression);
    throw new UserError(
      'what must hold? give --gate "chat.responseTime.p99 < 5ms", or gates in the scenario',
    );
  }
  const names = gateNames(scenario);
  for (const expression of given) {
    try {
      const gate = parseGate(expression, names);
      if (comparesWithBaseline(gate) && !hasBaseline) {
        throw new UserError(
          `--gate ${expression}: there is no baseline to compare with: give results with --baseline FILE`,
        );
      }
    } catch (error) {
      if (!(error instanceof GateError)) throw error;
      throw new UserError(`--gate ${expression}: ${error.message}`);
    }
  }
  return given;
}

/** Returns the workload with a rate if there is only one, or the one that the first gate is about. */
function readVary(given: string | undefined, gates: readonly string[], scenario: Scenario): Vary {
  if (given !== undefined) {
    const [, name, what] = /^(.+)\.(rate|connections)$/.exec(given) ?? [];
    if (name === undefined) {
      throw new UserError(`--vary ${given}: give <workload>.rate or <workload>.connections`);
    }
    const vary: Vary = { workload: name, what: what === "rate" ? "rate" : "connections" };
    checkRate(workloadOf(scenario, name), vary);
    return vary;
  }
  const { workloads } = scenario;
  const rated = workloads.filter((workload) => ownLoad(workload, rateOf(workload)) !== null);
  // What subscribers receive depends on those who publish.
  const gated = rated.filter(({ name, publishes }) =>
    [name, ...publishes].some((one) => gates[0]?.includes(`${one}.`)),
  );
  const [one, ...more] = gated.length > 0 ? gated : rated;
  if (one !== undefined && more.length === 0) return rateOf(one);
  const [only, ...others] = workloads;
  if (only !== undefined && others.length === 0 && only.load.model === "closed") {
    return { workload: only.name, what: "connections" };
  }
  const choices = workloads.map(({ name }) => `${name}.rate, ${name}.connections`).join(", ");
  throw new UserError(`which load should be raised? give --vary with one of ${choices}`);
}

const rateOf = ({ name }: Workload): Vary => ({ workload: name, what: "rate" });

/** The search needs one constant rate during steady state. */
function checkRate(workload: Workload, { what, workload: name }: Vary): void {
  if (what !== "rate") return;
  const { pattern } = workload;
  if (!patterns[pattern].hasArrivals) {
    throw new UserError(`--vary ${name}.rate: a ${pattern} has no rate; vary ${name}.connections`);
  }
  if (workload.load.model === "open" && ownLoad(workload, rateOf(workload)) === null) {
    throw new UserError(
      `--vary ${name}.rate: ${name} has stages; the search needs one rate: write rate and duration instead`,
    );
  }
}

/** Returns the load in the scenario itself; null where it has none, or more than one. */
function ownLoad({ load, connections }: Workload, { what }: Vary): number | null {
  if (what === "connections") return connections;
  if (load.model === "closed") return null;
  const [stage, ...more] = load.stages;
  const isFlat = more.length === 0 && stage?.ratePerSecond === load.startRatePerSecond;
  return isFlat ? Math.max(1, Math.round(load.startRatePerSecond)) : null;
}

function readLoad(
  name: string,
  text: string | undefined,
  { what }: Vary,
  byDefault: number | null,
): number | null {
  if (text === undefined) return byDefault;
  if (what === "connections") return positiveInteger(name, 100_000_000)(text);
  const rate = withUnit(name, parseRate)(text);
  if (rate >= 1 && rate <= 1e9 && Number.isInteger(rate)) return rate;
  throw new UserError(`--${name} ${text}: give a whole number from 1/s to 1000000000/s`);
}

/** `--duration` for every workload with a set duration; those with stages, or without an end, keep theirs. */
function durations(text: string | undefined, { workloads }: Scenario, vary: Vary): string[] {
  if (text === undefined) return [];
  const set = workloads.filter((workload) => {
    if (workload.name === vary.workload) return true;
    const isStaged = workload.load.model === "open" && ownLoad(workload, rateOf(workload)) === null;
    return workload.durationNs !== null && !isStaged;
  });
  return set.map(({ name }) => `workloads.${name}.duration=${text}`);
}
