/** How many TCP connections over loopback this machine can hold, with both ends on it. Pure. */
import { countPorts, defaultPorts, formatPorts } from "../address/ports.ts";
import type { IoKind } from "../base/io-kind.ts";
import { formatCount, formatSize } from "../base/units.ts";
import type { Backend } from "../io/backend.ts";
import { backends } from "../io/backends.ts";
import type { HostFacts } from "../machine/host-facts.ts";
import { threadsPerProcess, threadsPerWorker } from "../plan/needs.ts";
import type { MachineFacts } from "../plan/plan-types.ts";
import { processBytes, tcpKernelBytes, workerBytes } from "../plan/totals.ts";
import { filesPerAgent, filesPerWorker } from "../plan/workers.ts";
import { raiseOpenFiles } from "./checks/files.ts";
import { raiseLockedMemory } from "./checks/locked-memory.ts";

/** One limited resource. */
export interface Capacity {
  /** Stable name: "systemFiles", "processFiles", "ports", "memory", "lockedMemory", "conntrack", "processes". */
  readonly name: string;
  /** Connections that it has room for, with both ends here. */
  readonly connections: number;
  /** Whether it limits the whole machine, or only one process or one source address. */
  readonly scope: "machine" | "process";
  /** The figures that it follows from. */
  readonly because: string;
  readonly raise: string;
}

/** Addresses of 127/8 that a client can have: all but the two broadcast addresses. */
const loopbackAddresses = 2 ** 24 - 2;

/**
 * Memory of one connection between slash8's clients and a built-in server, including its portion of the
 * two processes that hold it.
 */
function bytesPerConnection(backend: Backend, perProcess: number): number {
  const { tcpClient, tcpServer } = backend.userBytes;
  const bytes = tcpKernelBytes + tcpClient + tcpServer;
  // Two processes hold all of them.
  if (!backend.takesFilePerConnection) return bytes;
  const pair = (2 * processBytes + workerBytes) / Math.max(1, perProcess);
  return Math.ceil(bytes + pair);
}

/** Portion of the available memory that connections may use. */
const memoryRatio = 0.8;

/**
 * All capacities, in no particular order; see `tightest`.
 *
 * @param io what `auto` uses here; its files and memory per connection limit the connections
 */
export function capacitiesOf(machine: MachineFacts, host: HostFacts, io: IoKind): Capacity[] {
  const ports = defaultPorts(machine.ephemeralPorts, machine.reservedPorts);
  const perAddress = countPorts(ports);
  const addresses = host.loopbackAddresses?.length ?? loopbackAddresses;
  const files = Math.max(0, machine.openFilesLimit - filesPerAgent - filesPerWorker);
  const backend = backends[io];
  const perProcess = backend.connectionsPerProcess(files, machine.openFilesLimit);
  const bytes = bytesPerConnection(backend, perProcess);
  const capacities: Capacity[] = [
    {
      name: "processFiles",
      connections: perProcess,
      scope: "process",
      because:
        `a process may have ${formatCount(machine.openFilesLimit)} open files (ulimit -Hn)` +
        (backend.takesFilePerConnection
          ? "; slash8 takes as many processes as it needs"
          : `, and each of its rings that many connections, ${formatCount(backend.mostSlots)} in all`),
      raise: raiseOpenFiles(4 * machine.openFilesLimit, { host }),
    },
    {
      name: "ports",
      connections: perAddress * addresses,
      scope: "machine",
      because:
        `${formatCount(addresses)} source addresses with ${formatCount(perAddress)} ports each ` +
        `(${formatPorts(ports)}), for each server address and port`,
      raise:
        host.loopbackAddresses === null
          ? 'one address goes further with "ports: 1024-65535", at the cost of other programs'
          : "more aliases: scripts/macos/lo0-alias-up.sh 127.1.0.1-127.1.0.100",
    },
    {
      name: "memory",
      connections: Math.floor((machine.memoryAvailableBytes * memoryRatio) / bytes),
      scope: "machine",
      because:
        `${formatSize(machine.memoryAvailableBytes)} are available and an idle connection takes about ` +
        `${formatCount(bytes)} bytes, kernel and both programs`,
      raise: "end other programs, or add memory",
    },
  ];
  if (backend.lockedMemory !== null && host.lockedMemory !== null) {
    const { limitBytes, pageBytes } = host.lockedMemory;
    const rings = Math.floor(limitBytes / backend.lockedMemory.ringBytes(pageBytes));
    capacities.push({
      name: "lockedMemory",
      connections: Math.floor(rings / 2) * machine.openFilesLimit,
      scope: "machine",
      because:
        `a user may have ${formatSize(limitBytes)} of locked memory (ulimit -l), enough for ` +
        `${formatCount(rings)} rings, clients' and servers', of ${formatCount(machine.openFilesLimit)} connections each`,
      raise: raiseLockedMemory(4 * limitBytes),
    });
  }
  if (host.systemFiles !== null) {
    const { max, allocated } = host.systemFiles;
    const name = host.os === "Darwin" ? "kern.maxfiles" : "fs.file-max";
    capacities.push({
      name: "systemFiles",
      connections: Math.max(0, Math.floor((max - allocated) / 2)),
      scope: "machine",
      because: `${name} is ${formatCount(max)}, ${formatCount(allocated)} are open, and a connection takes two`,
      raise: `sudo sysctl -w ${name}=${2 * max}`,
    });
  }
  if (host.conntrack?.tracksLoopback) {
    const { count, max } = host.conntrack;
    capacities.push({
      name: "conntrack",
      connections: Math.max(0, max - count),
      scope: "machine",
      because: `loopback is tracked and net.netfilter.nf_conntrack_max is ${formatCount(max)}, ${formatCount(count)} in use`,
      raise: `sudo sysctl -w net.netfilter.nf_conntrack_max=${4 * max}`,
    });
  }
  const { pids } = host.cgroup;
  const limits = [
    { limit: pids, who: "the control group allows", raise: groupRaise },
    { limit: host.userThreads, who: "this user may have", raise: userRaise },
  ];
  for (const { limit, who, raise } of limits) {
    if (limit === null) continue;
    const { max, current } = limit;
    // A pair is one client process with one worker, and one server process.
    const pairs = Math.floor((max - current) / (2 * threadsPerProcess + threadsPerWorker));
    capacities.push({
      name: "processes",
      connections: Math.max(0, pairs) * perProcess,
      scope: "machine",
      because: `${who} ${formatCount(max)} processes and threads, ${formatCount(current)} exist`,
      raise,
    });
  }
  return capacities;
}

const groupRaise = 'raise it: "docker run --pids-limit" or "systemctl set-property NAME TasksMax="';
const userRaise = 'raise it: "ulimit -u", or nproc in /etc/security/limits.conf';

/** What limits the whole machine first. */
export function tightest(capacities: readonly Capacity[]): Capacity {
  const bounds = capacities.filter(({ scope }) => scope === "machine");
  return bounds.reduce((least, next) => (next.connections < least.connections ? next : least));
}
