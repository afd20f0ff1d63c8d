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
