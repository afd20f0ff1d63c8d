import { protocolNames } from "../address/protocol.ts";
import { portableIo } from "../io/backends.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { copyOfScenario, type Problem, ScenarioError } from "../scenario/source/problem.ts";
import { planRun } from "./plan.ts";
import type { MachineFacts } from "./plan-types.ts";

/** A machine with room for everything: what cannot be planned for it can be planned for none. */
const roomy: MachineFacts = {
  platform: "linux",
  cpus: 1,
  memoryBytes: Number.MAX_SAFE_INTEGER,
  memoryAvailableBytes: Number.MAX_SAFE_INTEGER,
  openFilesLimit: Number.MAX_SAFE_INTEGER,
  ephemeralPorts: [65_535, 65_535],
  reservedPorts: [],
  anyIp: [],
  listening: Object.fromEntries(
    protocolNames.map((name) => [name, []]),
  ) as unknown as MachineFacts["listening"],
};

/**
 * What no machine can run of a scenario that is well-formed, such as more connections than its addresses have ports. For a
 * scenario that has other problems: a plan for this machine is made, and says more, when there are none.
 */
export function problemsOfAnyPlan(scenario: Scenario): readonly Problem[] {
  const isIpv6 = scenario.workloads.some(({ endpoints, sources }) =>
    [...endpoints.map(({ address }) => address), ...sources].some((text) => text.includes(":")),
  );
  // Which prefixes are local is the machine's to say.
  if (isIpv6 || scenario.servers.some(({ listen }) => listen[0]?.address.includes(":"))) return [];
  try {
    planRun(withPorts(scenario), roomy, { io: portableIo, workers: null });
    return [];
  } catch (error) {
    if (error instanceof ScenarioError) return error.problems;
    throw error;
  }
}

/** With a port that no client uses wherever one is still to be chosen. */
export function withPorts(scenario: Scenario): Scenario {
  const servers = scenario.servers.map((server) => ({
    ...server,
    listen: server.listen.map((endpoint) => ({ ...endpoint, port: endpoint.port || 9 })),
  }));
  const workloads = scenario.workloads.map((workload) => ({
    ...workload,
    endpoints: workload.endpoints.map((endpoint) => ({ ...endpoint, port: endpoint.port || 9 })),
  }));
  return copyOfScenario(scenario, { ...scenario, servers, workloads });
}
