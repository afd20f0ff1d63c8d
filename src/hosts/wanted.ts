import { formatEndpoint } from "../address/flow.ts";
import type { Plan, Portion, WorkloadPlan } from "../plan/plan-types.ts";
import { patterns } from "../scenario/patterns.ts";
import type { Workload } from "../scenario/scenario.ts";
import { portionOf } from "../schedule/portion.ts";
import type { Wanted } from "./limits.ts";

/** Workloads of a plan that a host's own workers take part in, with their portions. */
function takenBy(plan: Plan, name: string) {
  const workers = new Set(workersOn(plan, name));
  return plan.workloads
    .map((workload) => ({
      workload,
      portions: workload.portions.filter(({ worker }) => workers.has(worker)),
    }))
    .filter(({ portions }) => portions.length > 0);
}

function workersOn(plan: Plan, name: string): readonly number[] {
  return plan.agents.filter(({ host }) => host === name).flatMap(({ workers }) => workers);
}

/** What the scenario says of the workloads that a host's own workers take part in. */
export function workloadsOn(plan: Plan, name: string): readonly Workload[] {
  return takenBy(plan, name).map(
    ({ workload }) => plan.scenario.workloads[workload.index] as Workload,
  );
}

/**
 * Says what a plan has that no planner makes, and that would make what a host does more than what is added up of it: a
 * worker in two agents, numbers below 0. Null: nothing.
 */
export function flawOf(plan: Plan, name: string): string | null {
  if (!plan.hosts.some((host) => host.name === name)) return "it is not among its hosts";
  // An agent takes its part by its place.
  if (plan.agents.some(({ index }, place) => index !== place)) return "its agents are out of order";
  const workers = workersOn(plan, name);
  if (new Set(workers).size < workers.length) return "a worker is in two places";
  for (const { workload, portions } of takenBy(plan, name)) {
    if (plan.scenario.workloads[workload.index] === undefined) return "a workload is missing";
    if (new Set(portions.map(({ worker }) => worker)).size < portions.length)
      return "a worker has two portions of a workload";
    if (!portions.every((portion) => isPortion(portion, workload)))
      return "a portion of a workload is not one";
  }
  return null;
}

function isPortion(
  { connections, firstConnection, portion, ofPortions, cycle, part }: Portion,
  { space }: WorkloadPlan,
): boolean {
  return (
    [connections, firstConnection, portion, ofPortions, cycle].every(
      (count) => Number.isSafeInteger(count) && count >= 0,
    ) &&
    portion < ofPortions &&
    ofPortions <= cycle &&
    part !== undefined &&
    space.parts?.[part.index] !== undefined
  );
}

/**
 * What a plan wants of one host, for its limits.
 *
 * The plan was made elsewhere: every place in it from which a worker could take a destination counts, and the sums are
 * those of what the host's own workers would do, not what the plan says that they are.
 */
export function wantedOn(plan: Plan, name: string): Wanted {
  const taken = takenBy(plan, name);
  const targets = taken.flatMap(({ workload }) => destinations(workload));
  const portions = taken.flatMap((one) => one.portions);
  return {
    targets: [...new Map(targets.map((target) => [formatEndpoint(target), target])).values()],
    connections: portions.reduce((sum, { connections }) => sum + connections, 0),
    rate: taken
      .map((one) => rateOf(plan.scenario.workloads[one.workload.index] as Workload, one.portions))
      // What is less than none does not make up for another.
      .reduce((sum, rate) => (sum === null || rate === null ? null : sum + Math.max(0, rate)), 0),
  };
}

function destinations({ endpoints, space }: WorkloadPlan) {
  const parts = space.parts ?? [];
  return [...endpoints, ...space.destinations, ...parts.flatMap(({ spec }) => spec.destinations)];
}

/** The highest rate at which a workload's portions send, open connections or begin sessions; null: nothing bounds it. */
function rateOf(workload: Workload, portions: readonly Portion[]): number | null {
  const { load, keepAliveNs, keepAliveConnections, connections } = workload;
  const ratio = portions.reduce((sum, of) => sum + portionOf(of.cycle, of) / of.cycle, 0);
  if (!patterns[workload.pattern].hasArrivals) {
    if (keepAliveNs === null) return 0;
    return (((keepAliveConnections ?? connections) * 1e9) / keepAliveNs) * ratio;
  }
  if (load.model === "closed") return null;
  const rates = load.stages.map(({ ratePerSecond }) => ratePerSecond);
  return Math.max(load.startRatePerSecond, ...rates) * ratio;
}
