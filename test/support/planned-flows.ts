import type { Flow } from "../../src/address/flow.ts";
import { formatEndpoint } from "../../src/address/flow.ts";
import { createFlowSpace } from "../../src/address/flow-space.ts";
import type { Plan } from "../../src/scenario/plan-types.ts";

/** Sources of a workload's connections, "address:port", as `slash8 plan --json` has them; sorted. */
export function plannedSources(plan: Plan, name: string): string[] {
  const workload = plan.workloads.find((candidate) => candidate.name === name);
  if (workload === undefined) throw new Error(`no workload ${name} in the plan`);
  const space = createFlowSpace(workload.space);
  const flow: Flow = {
    sourceAddress: "",
    sourcePort: 0,
    destinationAddress: "",
    destinationPort: 0,
  };
  return workload.shares
    .flatMap(({ firstConnection, connections }) =>
      Array.from({ length: connections }, (_, i) => {
        space.at(firstConnection + i, flow);
        return formatEndpoint({ address: flow.sourceAddress, port: flow.sourcePort });
      }),
    )
    .sort();
}
