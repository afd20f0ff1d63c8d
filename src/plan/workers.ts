import type { IoKind } from "../base/io-kind.ts";
import { backends } from "../io/backends.ts";
import type { AgentPlan, Portion } from "./plan-types.ts";

/** Open files that an agent needs besides its connections: for the process, and for each worker. */
export const filesPerAgent = 150;
export const filesPerWorker = 40;

export interface Assignment {
  readonly workers: number;
  readonly agents: readonly AgentPlan[];
  /** For each workload, one portion for each worker that takes part. */
  readonly portions: readonly (readonly Portion[])[];
}

/**
 * Spreads connections over workers and workers over agents.
 *
 * Each workload's connections differ by at most 1 between the workers that take part, and so do all
 * connections of a worker together: a workload's remainder begins with the worker after the last
 * one that got a remainder. There are as few agents as keep every agent below its open-file limit;
 * where not even one connection each does, there is one agent, and preflight refuses the plan.
 *
 * @param connections    of each workload
 * @param openFilesLimit of one agent's process
 */
export function planAssignment(
  connections: readonly number[],
  io: IoKind,
  workersWanted: number,
  openFilesLimit: number,
): Assignment {
  const largest = Math.max(0, ...connections);
  const backend = backends[io];
  const workersRequested = Math.max(workersWanted, 1, Math.ceil(largest / backend.mostSlots));
  const total = connections.reduce((sum, n) => sum + n, 0);
  const transports = workersRequested * connections.length;
  const files = backend.connectionFiles(total, transports, openFilesLimit);
  const agentCount = agentsNeeded(files, workersRequested, openFilesLimit);
  const workers = Math.max(workersRequested, agentCount);
  const agents = Array.from({ length: agentCount }, (_, index) => ({
    index,
    host: null,
    workers: workersOf(index, agentCount, workers),
    openFiles: openFilesOf(index, agentCount, workers, files),
  }));
  let offset = 0;
  const portions = connections.map((count) => {
    const parts = portionsOf(count, workers, offset);
    offset = (offset + count) % workers;
    return parts;
  });
  return { workers, agents, portions };
}

/** Agents and workers of a host, and what each of them has to hold. */
export interface HostAssignment {
  readonly agents: readonly AgentPlan[];
  /** Worker indexes, those of all hosts before it first. */
  readonly workers: readonly number[];
}

/** What the workers of one host are planned from. */
export interface HostOfWorkers {
  readonly name: string;
  readonly io: IoKind;
  readonly workersWanted: number;
  readonly openFilesLimit: number;
}

/** How often hosts whose open files ask for more workers may change what the others get. */
const mostRounds = 16;

/**
 * Spreads connections over the workers of several hosts: as `planAssignment`, so that a host has as large a part of the
 * connections as it has of the workers.
 *
 * @param workloads connections of each, and the indexes of its hosts, ascending
 * @returns         portions in the order of the hosts; each says its place among those of its host
 */
export function assignOverHosts(
  workloads: readonly { readonly connections: number; readonly hosts: readonly number[] }[],
  hosts: readonly HostOfWorkers[],
): {
  readonly hosts: readonly HostAssignment[];
  readonly portions: readonly (readonly Portion[])[];
} {
  let counts = hosts.map(({ workersWanted, io }, host) => {
    // Each worker has an even part, so the largest workload says how many of them all hosts need together.
    const own = workloads.filter((workload) => workload.hosts.includes(host));
    const slots = own.map(({ connections, hosts: of }) =>
      Math.ceil(connections / of.length / backends[io].mostSlots),
    );
    return Math.max(1, workersWanted, ...slots);
  });
  for (let round = 0; ; round++) {
    const portions = portionsOn(workloads, counts);
    const assignments = hosts.map((host, index) => {
      const first = counts.slice(0, index).reduce((sum, n) => sum + n, 0);
      const count = counts[index] as number;
      const own = portions.map((of) =>
        of
          .filter(({ worker }) => worker >= first && worker < first + count)
          .reduce((sum, { connections }) => sum + connections, 0),
      );
      return planAssignment(own, host.io, count, host.openFilesLimit);
    });
    const needed = assignments.map(({ workers }) => workers);
    if (needed.every((workers, index) => workers === counts[index]) || round === mostRounds) {
      return { hosts: numbered(hosts, assignments), portions };
    }
    counts = needed;
  }
}

/** Portions of each workload over so many workers of each host. */
function portionsOn(
  workloads: readonly { readonly connections: number; readonly hosts: readonly number[] }[],
  counts: readonly number[],
): readonly (readonly Portion[])[] {
  const firsts = counts.map((_, host) => counts.slice(0, host).reduce((sum, n) => sum + n, 0));
  return workloads.map(({ connections, hosts }) => {
    const all = hosts.flatMap((host) =>
      Array.from({ length: counts[host] as number }, (_, i) => ({
        host,
        worker: (firsts[host] as number) + i,
      })),
    );
    const portions = portionsOf(connections, all.length, 0);
    return portions.map((portion, place) => {
      const { host, worker } = all[place] as (typeof all)[number];
      const before = all.findIndex((one) => one.host === host);
      const ofPortions = all.slice(0, portions.length).filter((one) => one.host === host).length;
      const index = hosts.indexOf(host);
      return { ...portion, worker, part: { index, portion: place - before, ofPortions } };
    });
  });
}

function numbered(
  hosts: readonly HostOfWorkers[],
  assignments: readonly Assignment[],
): readonly HostAssignment[] {
  let worker = 0;
  let agent = 0;
  return assignments.map((assignment, host) => {
    const workers = Array.from({ length: assignment.workers }, (_, i) => worker + i);
    const agents = assignment.agents.map((one) => ({
      ...one,
      index: agent++,
      host: hosts[host]?.name ?? null,
      workers: one.workers.map((index) => worker + index),
    }));
    worker += assignment.workers;
    return { agents, workers };
  });
}

/** The portions of one workload; the first get the remainder, and the first is worker `offset`. */
function portionsOf(connections: number, workers: number, offset: number): Portion[] {
  const ofPortions = Math.min(workers, connections);
  const each = Math.floor(connections / ofPortions);
  const remainder = connections % ofPortions;
  return Array.from({ length: ofPortions }, (_, portion) => ({
    worker: (offset + portion) % workers,
    firstConnection: portion * each + Math.min(portion, remainder),
    connections: each + (portion < remainder ? 1 : 0),
    portion,
    ofPortions,
    cycle: connections,
  }));
}

function agentsNeeded(files: number, workersRequested: number, limit: number): number {
  const most = Math.max(workersRequested, files);
  const room = limit - filesPerAgent - filesPerWorker;
  if (room < 1) return 1;
  for (let agents = Math.max(1, Math.ceil(files / room)); agents <= most; agents++) {
    const workers = Math.max(workersRequested, agents);
    const fits = Array.from({ length: agents }, (_, i) => openFilesOf(i, agents, workers, files));
    if (fits.every((openFiles) => openFiles <= limit)) return agents;
  }
  return 1;
}

/** Consecutive workers, numbers differing by at most 1 between agents. */
function workersOf(agent: number, agents: number, workers: number): number[] {
  const first = Math.floor((agent * workers) / agents);
  const end = Math.floor(((agent + 1) * workers) / agents);
  return Array.from({ length: end - first }, (_, i) => first + i);
}

/** What `shareOut` gives the agent's workers in all: the remainders fall on the lowest workers. */
function openFilesOf(agent: number, agents: number, workers: number, files: number): number {
  const own = workersOf(agent, agents, workers);
  const each = Math.floor(files / workers);
  const remainder = files % workers;
  const connections = own.reduce((sum, worker) => sum + each + (worker < remainder ? 1 : 0), 0);
  return filesPerAgent + filesPerWorker * own.length + connections;
}
