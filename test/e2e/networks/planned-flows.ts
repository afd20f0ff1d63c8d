import { emptyFlow, formatEndpoint } from "../../../src/address/flow.ts";
import { createFlowSpace } from "../../../src/address/flow-space.ts";
import type { Plan } from "../../../src/plan/plan-types.ts";

/** Sources of a workload's connections, "address:port", as `slash8 plan --json` has them; sorted. */
export function plannedSources(plan: Plan, name: string): string[] {
  const workload = plan.workloads.find((candidate) => candidate.name === name);
  if (workload === undefined) throw new Error(`no workload ${name} in the plan`);
  const space = createFlowSpace(workload.space);
  const flow = emptyFlow();
  return workload.portions
    .flatMap(({ firstConnection, connections }) =>
      Array.from({ length: connections }, (_, i) => {
        space.at(firstConnection + i, flow);
        return formatEndpoint({ address: flow.sourceAddress, port: flow.sourcePort });
      }),
    )
    .sort();
}
