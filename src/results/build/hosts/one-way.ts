import type { WorkloadAccumulator } from "../../../metrics/accumulator.ts";
import { timing } from "../../../metrics/snapshot.ts";
import { noCounts, percentileOf } from "../../../metrics/sparse-counts.ts";
import type { Plan, WorkloadPlan } from "../../../plan/plan-types.ts";
import { patterns } from "../../../scenario/patterns.ts";
import type { Workload } from "../../../scenario/scenario.ts";
import type { OneWayMeasures } from "../../findings/measures.ts";
import type { HostClock } from "../../host-result.ts";

/** A host, as far as its clock goes. */
interface Clocked {
  readonly name: string;
  readonly clock: HostClock;
}

/** Where recorders keep what subscribers measure, which have neither responses nor services. */
export const keptAs = {
  deliveryLatency: timing.responseTime,
  transitTime: timing.serviceTime,
} as const;

/**
 * What the clocks of several hosts leave of times that begin on one host and end on another; null where one clock is at both
 * ends.
 */
export function oneWayOf(
  { plan, hosts }: { readonly plan: Plan; readonly hosts: readonly Clocked[] },
  workloadPlan: WorkloadPlan,
  workload: Workload,
  {
    accumulator,
    publishers,
  }: { readonly accumulator: WorkloadAccumulator; readonly publishers: readonly string[] },
): OneWayMeasures | null {
  if (!patterns[workload.pattern].subscribes || hosts.length === 0) return null;
  const hostsOf = (plans: readonly WorkloadPlan[]) => {
    const workers = new Set(plans.flatMap((one) => one.portions.map(({ worker }) => worker)));
    const names = new Set(
      plan.agents
        .filter((agent) => agent.workers.some((one) => workers.has(one)))
        .map((agent) => agent.host),
    );
    return hosts.filter(({ name }) => names.has(name));
  };
  const errorNs = largestError(
    hostsOf(plan.workloads.filter(({ name }) => publishers.includes(name))),
    hostsOf([workloadPlan]),
  );
  if (errorNs === null) return null;
  const medianOf = (name: keyof typeof keptAs) =>
    percentileOf(accumulator.total.steady[keptAs[name]] ?? noCounts, 50);
  return {
    errorNs,
    medianNs: {
      deliveryLatency: medianOf("deliveryLatency"),
      transitTime: medianOf("transitTime"),
    },
  };
}

/** Whether a time that begins on one host and ends on another would show the error of their clocks. */
export function showsClocks(oneWay: OneWayMeasures | null, name: keyof typeof keptAs): boolean {
  const medianNs = oneWay?.medianNs[name] ?? null;
  return oneWay !== null && medianNs !== null && medianNs < oneWay.errorNs;
}

/** Of all ways from one host to another; null: there is none. */
function largestError(from: readonly Clocked[], to: readonly Clocked[]): number | null {
  const errors = from.flatMap((one) =>
    to
      .filter(({ name }) => name !== one.name)
      .map(({ clock }) => one.clock.errorNs + clock.errorNs),
  );
  return errors.length === 0 ? null : Math.max(...errors);
}
