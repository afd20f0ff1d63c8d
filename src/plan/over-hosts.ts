import { isLoopback, isWildcard, parseIp } from "../address/ip.ts";
import { type AddressRanges, parseRanges } from "../address/ranges.ts";
import { UserError } from "../base/errors.ts";
import type { IoKind } from "../base/io-kind.ts";
import { publishersOf } from "../scenario/patterns.ts";
import type { Scenario, Workload } from "../scenario/scenario.ts";
import { draftWorkloads, type Report, type WorkloadDraft } from "./draft.ts";
import { type AddressesOfHost, sourcesOnHost } from "./host-sources.ts";
import type { ClientsPlan, MachineFacts, Portion } from "./plan-types.ts";
import { sharePorts } from "./ports.ts";
import { targetOf } from "./target.ts";
import { planTotals, servedTotals } from "./totals.ts";
import { assignOverHosts } from "./workers.ts";
import { planDivided } from "./workload-plan.ts";

/** A host that clients can be on. */
export interface PlanHost extends AddressesOfHost {
  readonly machine: MachineFacts;
  readonly io: IoKind;
  /** Addresses of other runs on it. */
  readonly avoid: readonly AddressRanges[];
}

/** What a workload has on one host. */
interface Drafted {
  readonly host: number;
  readonly draft: WorkloadDraft;
}

/**
 * Plans clients on several hosts: every worker of all of them has an even part of a workload's connections and arrivals,
 * as on one machine, with sources and ports of its own host.
 *
 * @param hosts   at least one; in the order in which they get the clients
 * @param workers of each host; null: as many as it has CPUs
 * @param report  gets what does not fit, with the host's name
 * @returns       null where something was reported
 */
export function planOverHosts(
  scenario: Scenario,
  hosts: readonly PlanHost[],
  workers: number | null,
  report: Report,
): ClientsPlan | null {
  let isFine = true;
  const fails: Report = (workload, message) => {
    isFine = false;
    report(workload, message);
  };
  refuseCapture(scenario, fails);
  const placed = scenario.workloads.map((workload) => placesOf(workload, hosts, scenario, fails));
  if (!isFine) return null;
  const used = hosts.filter((_, host) => placed.some((places) => places.includes(host)));
  const numbers = new Map(used.map((host, number) => [hosts.indexOf(host), number]));
  const assignment = assignOverHosts(
    scenario.workloads.map(({ connections }, index) => ({
      connections,
      hosts: (placed[index] ?? []).map((host) => numbers.get(host) as number),
    })),
    used.map(({ name, io, machine }) => ({
      name,
      io,
      workersWanted: workers ?? machine.cpus,
      openFilesLimit: machine.openFilesLimit,
    })),
  );
  const drafted: Drafted[] = [];
  for (const [number, host] of used.entries()) {
    const own = assignment.hosts[number]?.workers ?? [];
    drafted.push(
      ...draftsOn(host, own, scenario, assignment.portions, drafted, {
        placed: placed.map((places) => places.indexOf(hosts.indexOf(host))),
        counts: placed.map((places) => places.length),
        report: fails,
      }).map((draft) => ({ host: number, draft })),
    );
  }
  if (!isFine) return null;
  return {
    workers: assignment.hosts.reduce((sum, one) => sum + one.workers.length, 0),
    agents: assignment.hosts.flatMap(({ agents }) => agents),
    hosts: used.map(({ name, io }, number) => {
      const { agents, workers } = assignment.hosts[number] ?? { agents: [], workers: [] };
      const own = drafted.filter(({ host }) => host === number).map(({ draft }) => draft);
      const clientsOnly = { ...scenario, servers: [] };
      return {
        name,
        io,
        totals: planTotals(clientsOnly, own, io, agents.length, workers.length, []),
      };
    }),
    workloads: scenario.workloads.map((_, index) =>
      planDivided(
        drafted.filter(({ draft }) => draft.index === index).map(({ draft }) => draft),
        assignment.portions[index] ?? [],
      ),
    ),
    totals: (servers) => servedTotals(scenario, servers),
  };
}

/** Indexes of the hosts that a workload's clients are on; reports where it cannot be on several. */
function placesOf(
  workload: Workload,
  hosts: readonly PlanHost[],
  scenario: Scenario,
  report: Report,
): readonly number[] {
  const all = hosts.map((_, index) => index);
  const own = workload.hosts;
  const wanted =
    own.length === 0 ? all : all.filter((index) => own.includes(hosts[index]?.name ?? ""));
  const server = scenario.servers.find(({ name }) => name === workload.server);
  const here = server?.listen.find(
    ({ address }) => isLoopback(address) || isWildcard(parseIp(address)),
  );
  if (workload.endpoints.length === 0 && server !== undefined && here !== undefined) {
    report(
      workload,
      `server ${server.name} is on the coordinator's machine and listens on ${here.address}, where clients on other hosts do not reach it; ` +
        "give it an address of this machine that they reach with listen: (and --allow-remote), or name a target",
    );
  }
  if (workload.telemetry !== null && wanted.length > 1) {
    report(
      workload,
      "the kernel's figures of its connections (telemetry) are of one host; keep the workload on one with hosts:",
    );
  }
  const speakers = publishersOf(workload.name, scenario.workloads);
  const both = new Set([workload, ...speakers].flatMap((one) => namesOf(one, hosts)));
  if (speakers.length > 0 && both.size > 1) {
    report(
      workload,
      `its messages take no time that could be told from the error of the clocks of ${[...both].join(" and ")}; ` +
        "keep it and those that publish to it on one host with hosts:",
    );
  }
  if (workload.broadcast !== null) {
    report(
      workload,
      "what is sent to many is received on the coordinator's machine and cannot be sent from other hosts; run it without --nats",
    );
  }
  // A host without a connection would have nothing to do.
  return wanted.slice(0, workload.connections);
}

function namesOf(workload: Workload, hosts: readonly PlanHost[]): readonly string[] {
  return workload.hosts.length > 0 ? workload.hosts : hosts.map(({ name }) => name);
}

/** Packets are captured on the coordinator's machine, where the clients' addresses are not. */
function refuseCapture({ capture, workloads }: Scenario, report: Report): void {
  const [first] = workloads;
  if (capture === null || first === undefined) return;
  report(
    first,
    "packets are captured on the coordinator's machine only; run it without capture: or without --nats",
  );
}

/** What the workloads have on one host; sources are none that an earlier host has. */
function draftsOn(
  host: PlanHost,
  workers: readonly number[],
  scenario: Scenario,
  portions: readonly (readonly Portion[])[],
  before: readonly Drafted[],
  {
    placed,
    counts,
    report,
  }: { readonly placed: readonly number[]; readonly counts: readonly number[]; report: Report },
): readonly WorkloadDraft[] {
  const named: Report = (workload, message) => report(workload, `on host ${host.name}: ${message}`);
  const own = scenario.workloads.flatMap((workload, index) => {
    const connections = (portions[index] ?? [])
      .filter(({ worker }) => workers.includes(worker))
      .reduce((sum, portion) => sum + portion.connections, 0);
    if (connections === 0) return [];
    try {
      const family = workload.sources.length === 0 ? null : parseRanges(workload.sources).family;
      const { endpoints } = targetOf(scenario, workload, family);
      const place = { index: placed[index] ?? 0, of: counts[index] ?? 1 };
      const sources = sourcesOnHost(host, place, workload, endpoints);
      return [{ index, workload: { ...workload, connections, sources } }];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      report(workload, error.message);
      return [];
    }
  });
  const avoid = [...host.avoid, ...before.map(({ draft }) => draft.sources)];
  const part = { ...scenario, servers: [], workloads: own.map(({ workload }) => workload) };
  const drafts = draftWorkloads(withTargets(part, scenario), host.machine, avoid, named);
  return sharePorts(drafts, host.machine, named).map((draft) => ({
    ...draft,
    index: own[draft.index]?.index ?? 0,
  }));
}

/** Workloads whose targets are servers name these servers' endpoints, as the servers are not on the host. */
function withTargets(part: Scenario, whole: Scenario): Scenario {
  const workloads = part.workloads.map((workload) =>
    workload.endpoints.length > 0
      ? workload
      : {
          ...workload,
          endpoints: targetOf(
            whole,
            workload,
            workload.sources.length === 0 ? null : parseRanges(workload.sources).family,
          ).endpoints,
        },
  );
  return { ...part, workloads };
}
