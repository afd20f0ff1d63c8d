import { formatEndpoint } from "../address/flow.ts";
import type { Plan, Portion, WorkloadPlan } from "../plan/plan-types.ts";
import { patterns } from "../scenario/patterns.ts";
import type { Workload } from "../scenario/scenario.ts";
import { portionOf } from "../schedule/portion.ts";
import type { Wanted } from "./limits.ts";

/**
 * What a plan wants of one host, for its limits.
 *
 * The plan was made elsewhere: every place in it from which a worker could take a destination counts, and the sums are
 * those of what the host's own workers would do, not what the plan says that they are.
 */
export function wantedOn(plan: Plan, name: string): Wanted {
  const own = plan.agents.filter(({ host }) => host === name).flatMap(({ workers }) => workers);
  const workers = new Set(own);
  const taken = plan.workloads
    .map((workload) => ({
      workload,
      portions: workload.portions.filter(({ worker }) => workers.has(worker)),
    }))
    .filter(({ portions }) => portions.length > 0);
  const targets = taken.flatMap(({ workload }) => destinations(workload));
  const portions = taken.flatMap((one) => one.portions);
  return {
    targets: [...new Map(targets.map((target) => [formatEndpoint(target), target])).values()],
    connections: portions.reduce((sum, { connections }) => sum + connections, 0),
    rate: taken
      .map((one) => rateOf(plan.scenario.workloads[one.workload.index] as Workload, one.portions))
      .reduce((sum, rate) => (sum === null || rate === null ? null : sum + rate), 0),
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
