/** What a plan is made of; loaded when there is one. */
import { formatEndpoint } from "../../address/flow.ts";
import type { IoChoice } from "../../base/io-kind.ts";
import { Leases } from "../../machine/leases.ts";
import { readListening } from "../../machine/listening.ts";
import { machineOf, readHost } from "../../machine/machine.ts";
import { withPorts } from "../../plan/any-plan.ts";
import { fewerWorkersNotice, planRun } from "../../plan/plan.ts";
import type { Plan } from "../../plan/plan-types.ts";
import { tryFanOutFor } from "../../preflight/checks/broadcast-trial.ts";
import { type CheckResult, refusalOf } from "../../preflight/checks/check-result.ts";
import { tryTelemetryFor } from "../../preflight/checks/telemetry.ts";
import { chooseIo, fallbackNotice } from "../../preflight/io-choice.ts";
import { preflight } from "../../preflight/preflight.ts";
import { leaseWarnings, planLeased } from "../../run/plan-leased.ts";
import type { Scenario } from "../../scenario/scenario.ts";
import { resolvePorts } from "../../targets/listen-ports.ts";
import type { ReadOptions, ScenarioPath } from "../options.ts";
import type { RunPlan } from "../run-plan.ts";
import { objectName, readScenario } from "./read-scenario.ts";
import { RunServers } from "./servers.ts";

/** @throws (rejects with) as `plan` */
export async function makePlan(
  given: ScenarioPath | object,
  options: ReadOptions,
): Promise<RunPlan> {
  const servers = new RunServers(objectName, options.allowRemote ?? false);
  try {
    const scenario = await readScenario(given, options, servers);
    const { io = "auto", workers = null } = options;
    const planned = await planRead(scenario, { io, workers });
    const checks = await planned.check();
    return {
      ...factsOf(planned.plan),
      checks,
      fits: refusalOf(checks) === null,
      warnings: planned.warnings,
    };
  } finally {
    await servers.close();
  }
}

interface Planned {
  readonly plan: Plan;
  readonly warnings: readonly string[];
  /** Whether this machine can hold it. */
  check(): Promise<readonly CheckResult[]>;
}

interface Choices {
  readonly io: IoChoice;
  /** Null: the scenario's, or according to the machine. */
  readonly workers: number | null;
}

/** Plans what a run of a scenario that has been read would get if it started now. What it leases is given back. */
export async function planRead(given: Scenario, { io, workers }: Choices): Promise<Planned> {
  const [host, listening] = await Promise.all([readHost(), readListening()]);
  const machine = machineOf(host, listening);
  const chosen = await chooseIo(io === "auto" ? given.io : io);
  const scenario = await resolvePorts(given);
  const leases = new Leases();
  try {
    const plan = await planLeased(scenario, machine, { io: chosen.io, workers }, leases);
    const warnings = [
      ...scenario.notices,
      fallbackNotice(chosen),
      ...leaseWarnings(plan),
      fewerWorkersNotice(plan, workers),
    ];
    return {
      plan,
      warnings: warnings.filter((warning) => warning !== null),
      check: async () =>
        preflight(plan, machine, host, await tryFanOutFor(plan), await tryTelemetryFor(plan)),
    };
  } finally {
    await leases.release();
  }
}

/** The plan of a scenario with any ports: to find free ones its addresses would have to exist. */
export async function planAnyPorts(scenario: Scenario, { io, workers }: Choices): Promise<Plan> {
  const [host, listening] = await Promise.all([readHost(), readListening()]);
  const chosen = await chooseIo(io === "auto" ? scenario.io : io);
  return planRun(withPorts(scenario), machineOf(host, listening), { io: chosen.io, workers });
}

function factsOf({
  io,
  workers,
  agents,
  servers,
  workloads,
  scenario,
  totals,
}: Plan): Omit<RunPlan, "checks" | "fits" | "warnings"> {
  return {
    io,
    workers,
    agents: agents.map((agent) => ({ workers: agent.workers.length, openFiles: agent.openFiles })),
    servers: servers.map(({ name, listen, processes, connections }) => ({
      name,
      listen: listen.map(formatEndpoint),
      processes,
      connections,
    })),
    workloads: workloads.map((workload) => ({
      name: workload.name,
      endpoints: workload.endpoints.map(formatEndpoint),
      connections: scenario.workloads[workload.index]?.connections ?? 0,
      sources: workload.space.sources.map(([from, to]) => (from === to ? from : `${from}-${to}`)),
      addressesUsed: workload.addressesUsed,
      displayFilter: workload.displayFilter,
      captureFilter: workload.captureFilter,
    })),
    totals,
  };
}
