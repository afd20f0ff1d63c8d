/** Facts about this machine: all of them for the result and preflight, and those that the planner needs. */
import * as os from "node:os";
import type { MachineFacts } from "../plan/plan-types.ts";
import { findCapturePrograms } from "./capture-programs.ts";
import { readDarwin, readUlimit } from "./host-darwin.ts";
import type { HostFacts } from "./host-facts.ts";
import { type KernelFacts, readLinux } from "./host-linux.ts";
import { readInterfaceIpv6 } from "./ipv6-facts.ts";
import { type Listening, readListening } from "./listening.ts";

/** Assumed where a system does not report a fact: low values, so that plans stay small. */
const assumed: KernelFacts = {
  memoryAvailableBytes: os.freemem(),
  openFiles: 1024,
  portRange: [49152, 65535], // RFC 6335, section 6
  reservedPorts: [],
  unprivilegedPortsFrom: process.getuid?.() === 0 ? 0 : 1024,
  systemFiles: null,
  openFilesCeiling: null,
  lockedMemory: null,
  userThreads: null,
  listenBacklog: null,
  synBacklog: null,
  synCookies: null,
  timeWaitSockets: null,
  tcpMemory: null,
  conntrack: null,
  cgroup: { memory: null, pids: null, cpuQuota: null },
  loopbackAddresses: null,
  capturePrograms: [...findCapturePrograms().keys()],
  ipv6: readInterfaceIpv6(),
};

/**
 * Reads all facts about this host that are available without privilege.
 *
 * @throws never: unknown facts are null or assumed
 * @cost   some 10 ms on Linux, more where programs must be run
 */
export async function readHost(): Promise<HostFacts> {
  return {
    os: os.type(),
    kernel: os.release(),
    arch: os.arch(),
    cpuModel: os.cpus()[0]?.model.trim() || "unknown",
    cpus: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    node: process.versions.node,
    ...assumed,
    ...(await kernelFacts()),
  };
}

async function kernelFacts(): Promise<Partial<KernelFacts>> {
  if (process.platform === "linux") return readLinux();
  if (process.platform === "darwin") return readDarwin();
  const ulimit = await readUlimit();
  return ulimit === null ? {} : { openFiles: ulimit };
}

/**
 * Reads what the planner needs to know about this machine.
 *
 * @throws never
 */
export async function readMachine(): Promise<MachineFacts> {
  return machineOf(await readHost(), await readListening());
}

/**
 * Returns the planner's view of a host, with CPUs and memory limited by its control group. Pure.
 */
export function machineOf(host: HostFacts, listening: Listening): MachineFacts {
  const { memory, cpuQuota } = host.cgroup;
  const group = memory ?? { limitBytes: Number.POSITIVE_INFINITY, usedBytes: 0 };
  return {
    platform: host.os === "Linux" ? "linux" : host.os === "Darwin" ? "darwin" : "other",
    cpus: Math.max(1, Math.min(host.cpus, Math.ceil(cpuQuota ?? host.cpus))),
    memoryBytes: Math.min(host.memoryBytes, group.limitBytes),
    memoryAvailableBytes: Math.max(
      0,
      Math.min(host.memoryAvailableBytes, group.limitBytes - group.usedBytes),
    ),
    openFilesLimit: host.openFiles,
    ephemeralPorts: host.portRange,
    reservedPorts: host.reservedPorts,
    anyIp: host.ipv6.nonlocalBind === true ? host.ipv6.loopback.filter(isPrefix) : [],
    listening,
  };
}

/** Returns whether a CIDR is more than a single address such as ::1/128. */
function isPrefix(cidr: string): boolean {
  return !cidr.endsWith("/128");
}
