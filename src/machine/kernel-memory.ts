/** Memory per connection: in the kernel for both ends, and in the programs. */
import { pageBytes } from "./host-linux.ts";
import { parseMeminfo, parseSockstat } from "./proc-files.ts";
import { readText } from "./read-text.ts";

/** Memory of the kernel at one moment. */
export interface KernelMemory {
  /** All kernel objects: sockets, files, dentries and inodes among them. */
  readonly slabBytes: number;
  /** Pages that TCP has reserved for data in buffers. */
  readonly tcpBufferBytes: number;
}

/** @returns null where the system does not report it (not Linux) */
export function readKernelMemory(): KernelMemory | null {
  return kernelMemoryOf(
    readText("/proc/meminfo") ?? "",
    readText("/proc/net/sockstat") ?? "",
    pageBytes(),
  );
}

/** Returns the figures in /proc/meminfo and /proc/net/sockstat. Pure. */
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
 * Returns the kernel memory of one loopback connection, both ends.
 *
 * It is the growth of the whole machine between two moments and includes that of other programs, which
 * is negligible with thousands of connections. Small data is counted both in slab objects and in reserved
 * pages, so for full buffers the sum is an upper bound; for idle connections it is exact.
 *
 * @param before      with none of the connections open
 * @param after       with all of them open
 * @param connections integer
 * @returns           bytes, at least 0; null without facts or below 1000 connections, where the
 *                    noise is larger than the growth
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

/** Fewest connections for which the growth is meaningful: a Node process alone varies by megabytes. */
const fewestConnections = 1000;

/**
 * Returns the growth of a program's resident memory per connection; see `kernelBytesPerConnection`
 * for parameters and result.
 */
export function bytesPerConnection(
  beforeBytes: number | null,
  afterBytes: number | null,
  connections: number,
): number | null {
  if (beforeBytes === null || afterBytes === null || connections < fewestConnections) return null;
  return Math.max(0, (afterBytes - beforeBytes) / connections);
}
