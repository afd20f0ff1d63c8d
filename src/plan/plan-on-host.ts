import { assert } from "../base/assert.ts";
import type { Plan } from "./plan-types.ts";

/** The part of a plan that is on one host, as if it were all, for the checks of that machine. */
export function planOnHost(plan: Plan, name: string): Plan {
  const host = plan.hosts.find((one) => one.name === name);
  assert(host !== undefined, "a host is in the plan");
  const agents = plan.agents.filter((agent) => agent.host === name);
  const workers = new Set(agents.flatMap((agent) => agent.workers));
  return {
    ...plan,
    io: host.io,
    workers: workers.size,
    hosts: [],
    agents,
    servers: [],
    workloads: plan.workloads.flatMap((workload) => {
      const portions = workload.portions.filter(({ worker }) => workers.has(worker));
      const part = workload.space.parts?.[portions[0]?.part?.index ?? -1];
      return part === undefined ? [] : [{ ...workload, portions, space: part.spec }];
    }),
    totals: host.totals,
  };
}

/**
 * A plan as its agents on one host need it: of the other hosts' clients nothing. A plan over 200 hosts is 20 times as long.
 *
 * Workers, agents and workloads keep their numbers.
 */
export function planToSend(plan: Plan, name: string): Plan {
  const agents = plan.agents.filter((agent) => agent.host === name);
  const workers = new Set(agents.flatMap((agent) => agent.workers));
  return {
    ...plan,
    hosts: plan.hosts.filter((host) => host.name === name),
    agents: plan.agents.map((agent) =>
      agent.host === name ? agent : { ...agent, workers: [], openFiles: 0 },
    ),
    workloads: plan.workloads.map((workload) => {
      const portions = workload.portions.filter(({ worker }) => workers.has(worker));
      const part = workload.space.parts?.[portions[0]?.part?.index ?? -1];
      const space = part === undefined ? { ...workload.space, sources: [], parts: [] } : part.spec;
      return {
        ...workload,
        portions: portions.map((portion) =>
          portion.part === undefined
            ? portion
            : { ...portion, part: { ...portion.part, index: 0 } },
        ),
        space: part === undefined ? space : { ...space, parts: [part] },
        displayFilter: "",
        captureFilter: "",
      };
    }),
  };
}

/** The part of a plan that is on the coordinator's machine: all of it, or only the servers. */
export function planOnThisMachine(plan: Plan): Plan {
  return plan.hosts.length === 0 ? plan : { ...plan, workers: 0, agents: [], workloads: [] };
}
