/** Memory per connection: in the kernel for both ends, and in the programs. */
import { pageBytes } from "./host-linux.ts";
import { parseMeminfo, parseSockstat } from "./proc-files.ts";
import { readText } from "./read-text.ts";

/** What the kernel holds at one moment. */
export interface KernelMemory {
  /** All kernel objects: sockets, files, dentries and inodes among them. */
  readonly slabBytes: number;
  /** Pages that TCP has reserved for data in buffers. */
  readonly tcpBufferBytes: number;
}

/** @returns null where the system does not tell (not Linux) */
export function readKernelMemory(): KernelMemory | null {
  return kernelMemoryOf(
    readText("/proc/meminfo") ?? "",
    readText("/proc/net/sockstat") ?? "",
    pageBytes(),
  );
}

/** The figures in /proc/meminfo and /proc/net/sockstat. Pure. */
export function kernelMemoryOf(
  meminfo: string,
  sockstat: string,
  page: number,
): KernelMemory | null {
  const slabBytes = parseMeminfo(meminfo, "Slab");
  const pages = parseSockstat(sockstat, "TCP", "mem");
  if (slabBytes === null || pages === null) return null;
  return { slabBytes, tcpBufferBytes: pages * page };
}

/**
 * Kernel memory of one loopback connection, both ends.
 *
 * The whole machine's growth between two moments: other programs' is in it, which thousands of
 * connections make small. Small data lies in slab objects and in reserved pages at once, so that
 * for full buffers the sum is an upper bound; for idle connections it is what they take.
 *
 * @param before      with none of the connections open
 * @param after       with all of them open
 * @param connections integer
 * @returns           bytes, at least 0; null without facts or below 1000 connections, where noise
 *                    is larger than what is measured
 */
export function kernelBytesPerConnection(
  before: KernelMemory | null,
  after: KernelMemory | null,
  connections: number,
): number | null {
  if (before === null || after === null) return null;
  return bytesPerConnection(
    before.slabBytes + before.tcpBufferBytes,
    after.slabBytes + after.tcpBufferBytes,
    connections,
  );
}

/** Fewest connections for which growth means anything: a Node process alone varies by megabytes. */
const fewestConnections = 1000;

/**
 * Growth of a program's resident memory per connection; see `kernelBytesPerConnection` for
 * parameters and result.
 */
export function bytesPerConnection(
  beforeBytes: number | null,
  afterBytes: number | null,
  connections: number,
): number | null {
  if (beforeBytes === null || afterBytes === null || connections < fewestConnections) return null;
  return Math.max(0, (afterBytes - beforeBytes) / connections);
}
