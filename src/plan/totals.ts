import { isLoopback } from "../address/ip.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { WorkloadDraft } from "./draft.ts";
import type { Plan, ServerPlan } from "./plan-types.ts";

// Measured on Linux 6.18 with Node 20: an idle loopback TCP connection takes 7.5 to 10 KB of kernel
// memory for both ends, and a net.Socket 3.4 to 4.4 KB on each side that is Node's.
export const tcpKernelBytes = 10_000;
export const tcpNodeBytes = 4_400;
const udpKernelBytes = 2_000;
const udpNodeBytes = 4_000;
/** A receiver of a broadcast: its histogram, what it remembers of senders, and a full receive buffer. */
const receiverBytes = 800_000;
/** Over io_uring a connection is its place in typed arrays: the client's, and the server's. */
export const ringClientBytes = 250;
export const ringServerBytes = 150;
export const processBytes = 45_000_000;
export const workerBytes = 15_000_000;

/** Sockets and memory of the whole plan, an upper estimate for preflight. */
export function planTotals(
  scenario: Scenario,
  drafts: readonly WorkloadDraft[],
  io: "node" | "uring",
  agents: number,
  workers: number,
  servers: readonly ServerPlan[],
): Plan["totals"] {
  const builtins = new Set(
    scenario.servers.filter(({ kind }) => kind === "builtin").map(({ name }) => name),
  );
  const ours = servers.filter(({ name }) => builtins.has(name));
  const serverProcesses = ours.reduce((sum, { processes }) => sum + processes, 0);
  const totals = {
    connections: 0,
    sockets: servers.reduce((sum, { listen }) => sum + listen.length, 0),
    // The coordinator is a process, too.
    memoryBytes: processBytes * (1 + agents + serverProcesses) + workerBytes * workers,
  };
  const overRing = new Set(
    servers.filter((server) => server.io === "uring").map(({ name }) => name),
  );
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
    if (workload.protocol === "udp") {
      totals.sockets += count;
      totals.memoryBytes +=
        count * (udpKernelBytes + (io === "node" ? udpNodeBytes : ringClientBytes));
      continue;
    }
    const bothEnds = endpoints.every(({ address }) => isLoopback(address));
    const client = io === "node" ? tcpNodeBytes : ringClientBytes;
    totals.sockets += count * (bothEnds ? 2 : 1);
    totals.memoryBytes += count * (tcpKernelBytes + client + serverBytes(workload.server));
  }
  return totals;

  function serverBytes(server: string | null): number {
    if (server === null || !builtins.has(server)) return 0;
    return overRing.has(server) ? ringServerBytes : tcpNodeBytes;
  }
}
