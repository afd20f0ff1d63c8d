import { protocols } from "../address/protocol.ts";
import type { AddressRanges } from "../address/ranges.ts";
import { debugLog } from "../base/debug.ts";
import { deepFreeze } from "../base/deep-freeze.ts";
import type { IoKind } from "../base/io-kind.ts";
import { formatAmount, formatCount } from "../base/units.ts";
import { backends, portableIo } from "../io/backends.ts";
import type { TlsServerEnd } from "../io/tls/ends.ts";
import type { Scenario, Server } from "../scenario/scenario.ts";
import { reuseportProcesses } from "../scenario/schema/udp-options.ts";
import { type Problem, scenarioError, scenarioProblem } from "../scenario/source/problem.ts";
import { draftWorkloads, type Report } from "./draft.ts";
import { type PlanHost, planOverHosts } from "./over-hosts.ts";
import type { ClientsPlan, MachineFacts, Plan, ServerPlan } from "./plan-types.ts";
import { sharePorts } from "./ports.ts";
import { planTotals } from "./totals.ts";
import { filesPerAgent, planAssignment } from "./workers.ts";
import { planWorkload } from "./workload-plan.ts";

const debug = debugLog("plan");

export interface PlanOptions {
  readonly io: IoKind;
  /** Worker threads in all; null: as the scenario says, or half of the machine's CPUs. */
  readonly workers: number | null;
  /** As `Plan.stampTag`; left out: 0. */
  readonly stampTag?: number;
  /** Certificates of the servers that encrypt, by name; left out: none, for a plan that is only shown. */
  readonly certificates?: ReadonlyMap<string, TlsServerEnd>;
  /** Where the clients are; left out: on this machine. */
  readonly hosts?: readonly PlanHost[];
  /** Addresses of other runs: no workload without `sources` gets them, as long as there are others. */
  readonly avoid?: readonly AddressRanges[];
}

/**
 * Decides who opens which 4-tuples, in which process and thread.
 *
 * Pure: the same scenario, facts and options give the same plan, so client k of a workload is the
 * same source address and port in the plan, in the result and in the packet capture.
 *
 * @param scenario with every port 0 resolved
 * @returns        frozen in depth, plain data (the scenario in it is frozen as well)
 * @throws         ScenarioError (exit 2) with every workload that does not fit, at its position
 */
export function planRun(scenario: Scenario, machine: MachineFacts, options: PlanOptions): Plan {
  const problems: Problem[] = [];
  const report = (workload: Scenario["workloads"][number], message: string) => {
    problems.push(scenarioProblem(workload.position, `workload ${workload.name}: ${message}`));
  };
  const clients =
    options.hosts === undefined
      ? planHere(scenario, machine, options, report)
      : planOverHosts(scenario, options.hosts, options.workers ?? scenario.workers, report);
  if (clients === null) throw scenarioError(scenario, problems);
  const servers = scenario.servers.map((server) => ({
    ...planServer(server, scenario, machine, options.io),
    tls: options.certificates?.get(server.name) ?? null,
  }));
  const plan: Plan = deepFreeze({
    scenario,
    stampTag: options.stampTag ?? 0,
    io: options.io,
    workers: clients.workers,
    hosts: clients.hosts,
    agents: clients.agents,
    servers,
    workloads: clients.workloads,
    totals: clients.totals(servers),
  });
  describe(plan);
  return plan;
}

/** Plans clients on this machine; null where a workload does not fit, which is reported. */
function planHere(
  scenario: Scenario,
  machine: MachineFacts,
  options: PlanOptions,
  report: Report,
): ClientsPlan | null {
  const all = draftWorkloads(scenario, machine, options.avoid ?? [], report);
  const drafts = sharePorts(all, machine, report);
  if (drafts.length < scenario.workloads.length) return null;
  // The default leaves half of the machine to the servers.
  const workersRequested =
    options.workers ?? scenario.workers ?? Math.max(1, Math.floor(machine.cpus / 2));
  const connections = drafts.map(({ workload }) => workload.connections);
  const { workers, agents, portions } = planAssignment(
    connections,
    options.io,
    // One without a connection would have nothing to do.
    Math.min(
      workersRequested,
      connections.reduce((sum, count) => sum + count, 0),
    ),
    machine.openFilesLimit,
  );
  return {
    workers,
    hosts: [],
    agents,
    workloads: drafts.map((draft, place) => planWorkload(draft, portions[place] ?? [])),
    totals: (servers) => planTotals(scenario, drafts, options.io, agents.length, workers, servers),
  };
}

/** Says that a plan has fewer workers than were wanted; null where it has as many, or where nobody said how many. */
export function fewerWorkersNotice(plan: Plan, wanted: number | null): string | null {
  const { workers, scenario, totals } = plan;
  const number = wanted ?? scenario.workers;
  if (number === null || number <= workers) return null;
  return `${formatCount(workers)} of ${formatCount(number)} workers are used: the workloads have ${formatAmount(totals.connections, "connection")}, and a worker needs one at least`;
}

function describe({ io, workers, agents, servers, workloads, totals }: Plan): void {
  if (!debug.enabled) return;
  debug("io %s, %d workers in %d agents: %j", io, workers, agents.length, totals);
  for (const { index, workers, openFiles } of agents) {
    debug("agent %d: workers %s, %d open files", index, workers.join(" "), openFiles);
  }
  for (const { name, listen, processes, io, connections } of servers) {
    debug(
      "server %s: %d processes over %s, %d connections, %j",
      name,
      processes,
      io,
      connections,
      listen,
    );
  }
  for (const { name, space, portions, addressesUsed } of workloads) {
    debug("workload %s: %d source addresses, %j", name, addressesUsed, space);
    for (const portion of portions) debug("workload %s: %j", name, portion);
  }
}

function planServer(
  server: Server,
  scenario: Scenario,
  machine: MachineFacts,
  io: IoKind,
): Omit<ServerPlan, "tls"> {
  const connections = scenario.workloads
    .filter((workload) => workload.server === server.name)
    .reduce((sum, workload) => sum + workload.connections, 0);
  if (server.options?.udp?.mode === "reuseport") {
    const processes = server.processes ?? reuseportProcesses;
    return { name: server.name, listen: server.listen, processes, io, connections };
  }
  const { capabilities, mostSlots } = backends[io];
  const oneSuffices = (server.processes ?? 1) === 1 && connections <= mostSlots;
  const alone = !capabilities.sharesListeners && server.kind === "builtin" && oneSuffices;
  return {
    name: server.name,
    listen: server.listen,
    processes: alone ? 1 : serverProcesses(server, connections, machine.openFilesLimit),
    io: alone ? io : portableIo,
    connections,
  };
}

/** Over the portable io, built-in TCP servers need a file for each connection: enough processes to stay below the limit. */
function serverProcesses(server: Server, connections: number, openFilesLimit: number): number {
  if (server.kind !== "builtin" || !protocols[server.protocol].hasConnections) return 1;
  // Sockets are passed to one process, and one process drains: preflight reports where its open files are too few.
  if (server.restart !== null || server.activation) return 1;
  const room = openFilesLimit - filesPerAgent - server.listen.length;
  const needed = room > 0 ? Math.ceil(connections / room) : 1;
  return server.processes ?? Math.max(1, needed);
}
