import { isLoopback } from "../address/ip.ts";
import { protocols } from "../address/protocol.ts";
import type { IoKind } from "../base/io-kind.ts";
import { backends, portableIo } from "../io/backends.ts";
import { publishersOf } from "../scenario/patterns.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { WorkloadDraft } from "./draft.ts";
import type { Plan, ServerPlan } from "./plan-types.ts";

/**
 * Measured on Linux 6.18: an idle loopback TCP connection takes 7.5 to 10 KB of kernel memory for both
 * ends. What the processes take depends on the io.
 */
export const tcpKernelBytes = 10_000;
const udpKernelBytes = 2_000;
/** A receiver of a broadcast: its histogram, what it remembers of senders, and a full receive buffer. */
const receiverBytes = 800_000;
/** A subscriber, for each connection that publishes: what has come last. */
const pairBytes = 152;
export const processBytes = 45_000_000;
export const workerBytes = 15_000_000;

/** Sockets and memory of the whole plan, an upper estimate for preflight. */
export function planTotals(
  scenario: Scenario,
  drafts: readonly WorkloadDraft[],
  io: IoKind,
  agents: number,
  workers: number,
  servers: readonly ServerPlan[],
): Plan["totals"] {
  const builtins = new Set(
    scenario.servers.filter(({ kind }) => kind === "builtin").map(({ name }) => name),
  );
  const ours = servers.filter(({ name }) => builtins.has(name));
  const serverProcesses = ours.reduce((sum, { processes }) => sum + processes, 0);
  const dataBytes = scenario.data.reduce((sum, { bytes }) => sum + bytes, 0);
  const totals = {
    connections: 0,
    sockets: servers.reduce((sum, { listen }) => sum + listen.length, 0),
    // The coordinator is a process, too.
    memoryBytes:
      processBytes * (1 + agents + serverProcesses) + workerBytes * workers + agents * dataBytes,
  };
  const { tcpClient, udpClient, tlsClient } = backends[io].userBytes;
  const bytesByServer = new Map(ours.map((server) => [server.name, backends[server.io].userBytes]));
  for (const { workload, endpoints } of drafts) {
    const count = workload.connections;
    totals.connections += count;
    if (workload.broadcast !== null) {
      const { receivers, receiverProcesses, receiverThreads } = workload.broadcast;
      const one = udpKernelBytes + receiverBytes;
      totals.sockets += receivers;
      totals.memoryBytes +=
        receivers * one + receiverProcesses * (processBytes + receiverThreads * workerBytes);
    }
    const publishers = publishersOf(workload.name, scenario.workloads);
    const publishing = publishers.reduce((sum, { connections }) => sum + connections, 0);
    totals.memoryBytes += count * publishing * pairBytes;
    if (!protocols[workload.protocol].hasConnections) {
      totals.sockets += count;
      totals.memoryBytes += count * (udpKernelBytes + udpClient);
      continue;
    }
    const bothEnds = endpoints.every(({ address }) => isLoopback(address));
    const server = bytesByServer.get(workload.server ?? "");
    totals.sockets += count * (bothEnds ? 2 : 1);
    totals.memoryBytes += count * (tcpKernelBytes + tcpClient + (server?.tcpServer ?? 0));
    if (workload.tls !== null) {
      totals.memoryBytes += count * (tlsClient + (server?.tlsServer ?? 0));
    }
  }
  return totals;
}

/** The same of a machine that has the servers alone, as the clients are on other hosts. */
export function servedTotals(scenario: Scenario, servers: readonly ServerPlan[]): Plan["totals"] {
  const totals = { ...planTotals(scenario, [], portableIo, 0, 0, servers) };
  for (const workload of scenario.workloads) {
    totals.connections += workload.connections;
    const server = servers.find(({ name }) => name === workload.server);
    if (server === undefined || !protocols[workload.protocol].hasConnections) continue;
    const { tcpServer, tlsServer } = backends[server.io].userBytes;
    totals.sockets += workload.connections;
    totals.memoryBytes +=
      workload.connections *
      (tcpKernelBytes / 2 + tcpServer + (workload.tls === null ? 0 : tlsServer));
  }
  return totals;
}
