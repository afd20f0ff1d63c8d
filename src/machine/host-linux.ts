import { readdirSync } from "node:fs";
import { release } from "node:os";
import { isAtLeast } from "../base/kernel-version.ts";
import { readCgroup } from "./cgroup.ts";
import { tracksLoopback } from "./conntrack-trial.ts";
import type { HostFacts } from "./host-facts.ts";
import { readLinuxIpv6 } from "./ipv6-facts.ts";
import {
  capability,
  parseCapability,
  parseLockedMemoryLimit,
  parseMeminfo,
  parseNumbers,
  parseOpenFilesLimit,
  parsePageSize,
  parsePortList,
  parsePortRange,
  parseProcessLimit,
  parseSockstat,
  parseUserThreads,
  unlimited,
} from "./proc-files.ts";
import { readNumber, readStart, readText } from "./read-text.ts";

/** The facts of HostFacts that come from the kernel. */
export type KernelFacts = Omit<
  HostFacts,
  "os" | "kernel" | "arch" | "cpuModel" | "cpus" | "memoryBytes" | "node"
>;

const sys = "/proc/sys";

let page: number | null = null;

/**
 * Returns the size of a memory page in bytes, the unit of sockstat and tcp_mem.
 *
 * Of the first mapping: for all of them the kernel walks through the process' memory, which takes 4 ms.
 */
export function pageBytes(): number {
  page ??= parsePageSize(readStart("/proc/self/smaps", firstMapping) ?? "") ?? 4096;
  return page;
}

/** Bytes of smaps that hold it, with the longest path of a file. */
const firstMapping = 8 << 10;

/**
 * Reads /proc and /sys. Sends a few datagrams over loopback where connection tracking is loaded.
 *
 * @throws never
 */
export async function readLinux(): Promise<Partial<KernelFacts>> {
  const meminfo = readText("/proc/meminfo") ?? "";
  const available = parseMeminfo(meminfo, "MemAvailable") ?? parseMeminfo(meminfo, "MemFree");
  const limit = parseOpenFilesLimit(readText("/proc/self/limits") ?? "");
  const ports = parsePortRange(readText(`${sys}/net/ipv4/ip_local_port_range`) ?? "");
  const status = readText("/proc/self/status") ?? "";
  const privileged = parseCapability(status, capability.netBindService);
  const synCookies = readNumber(`${sys}/net/ipv4/tcp_syncookies`);
  return {
    ...(available === null ? {} : { memoryAvailableBytes: available }),
    ...(limit === null ? {} : { openFiles: limit.hard }),
    ...(ports === null ? {} : { portRange: ports }),
    reservedPorts: parsePortList(readText(`${sys}/net/ipv4/ip_local_reserved_ports`) ?? ""),
    unprivilegedPortsFrom:
      privileged === true ? 0 : (readNumber(`${sys}/net/ipv4/ip_unprivileged_port_start`) ?? 1024),
    systemFiles: systemFiles(),
    openFilesCeiling: readNumber(`${sys}/fs/nr_open`),
    lockedMemory: lockedMemory(status),
    userThreads: userThreads(status),
    listenBacklog: readNumber(`${sys}/net/core/somaxconn`),
    synBacklog: readNumber(`${sys}/net/ipv4/tcp_max_syn_backlog`),
    synCookies: synCookies === null ? null : synCookies > 0,
    timeWaitSockets: timeWaitSockets(),
    tcpMemory: tcpMemory(),
    conntrack: await conntrack(),
    cgroup: readCgroup(),
    loopbackAddresses: null,
    ipv6: readLinuxIpv6(),
  };
}

function sockstat(protocol: string, field: string): number {
  return parseSockstat(readText("/proc/net/sockstat") ?? "", protocol, field) ?? 0;
}

/** Reads file-nr: allocated, unused (0 since 2.6), maximum. */
function systemFiles(): HostFacts["systemFiles"] {
  const [allocated, , max] = parseNumbers(readText(`${sys}/fs/file-nr`) ?? "");
  return allocated === undefined || max === undefined ? null : { max, allocated };
}

/** io_uring rings count as locked memory from Linux 6.14 on. */
function lockedMemory(status: string): HostFacts["lockedMemory"] {
  if (!isAtLeast(release(), 6, 14) || parseCapability(status, capability.ipcLock) === true) {
    return null;
  }
  const limitBytes = parseLockedMemoryLimit(readText("/proc/self/limits") ?? "");
  if (limitBytes === null || limitBytes === unlimited) return null;
  return { limitBytes, pageBytes: pageBytes() };
}

/** The kernel does not hold the superuser to it. */
function userThreads(status: string): HostFacts["userThreads"] {
  const mayExceed = [capability.systemAdmin, capability.systemResource].some(
    (bit) => parseCapability(status, bit) === true,
  );
  const max = parseProcessLimit(readText("/proc/self/limits") ?? "");
  const own = parseUserThreads(status);
  if (mayExceed || max === null || max === unlimited || own === null) return null;
  let current = 0;
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const found = parseUserThreads(readText(`/proc/${name}/status`) ?? "");
    if (found?.user === own.user) current += found.threads;
  }
  return { max, current };
}

function timeWaitSockets(): HostFacts["timeWaitSockets"] {
  const max = readNumber(`${sys}/net/ipv4/tcp_max_tw_buckets`);
  return max === null ? null : { max, now: sockstat("TCP", "tw") };
}

function tcpMemory(): HostFacts["tcpMemory"] {
  const [, pressure, high] = parseNumbers(readText(`${sys}/net/ipv4/tcp_mem`) ?? "");
  if (pressure === undefined || high === undefined) return null;
  const page = pageBytes();
  return {
    usedBytes: sockstat("TCP", "mem") * page,
    pressureBytes: pressure * page,
    highBytes: high * page,
  };
}

async function conntrack(): Promise<HostFacts["conntrack"]> {
  const count = readNumber(`${sys}/net/netfilter/nf_conntrack_count`);
  const max = readNumber(`${sys}/net/netfilter/nf_conntrack_max`);
  if (count === null || max === null) return null;
  return { count, max, tracksLoopback: await tracksLoopback() };
}
