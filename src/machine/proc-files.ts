/** Parsers for /proc and sysctl. Pure: text in, numbers out, null for what is missing. */

/** "unlimited" as a number: JSON has no Infinity. */
export const unlimited = Number.MAX_SAFE_INTEGER;

function limitOf(text: string): number {
  return text === "unlimited" ? unlimited : Number(text);
}

/**
 * Reads RLIMIT_NOFILE from the text of /proc/<pid>/limits.
 *
 * @see proc_pid_limits(5): columns are name, soft limit, hard limit, unit
 */
export function parseOpenFilesLimit(limits: string): { soft: number; hard: number } | null {
  const match = /^Max open files\s+(\d+|unlimited)\s+(\d+|unlimited)/m.exec(limits);
  if (match === null) return null;
  return { soft: limitOf(match[1] as string), hard: limitOf(match[2] as string) };
}

/** Reads RLIMIT_MEMLOCK, in bytes: the soft limit, which is not raised. */
export function parseLockedMemoryLimit(limits: string): number | null {
  const match = /^Max locked memory\s+(\d+|unlimited)/m.exec(limits);
  return match === null ? null : limitOf(match[1] as string);
}

/** Reads RLIMIT_NPROC: processes and threads of the user, the soft limit, which is not raised. */
export function parseProcessLimit(limits: string): number | null {
  const match = /^Max processes\s+(\d+|unlimited)/m.exec(limits);
  return match === null ? null : limitOf(match[1] as string);
}

/** Reads /proc/<pid>/status: the real user and the number of threads; null where it has neither. */
export function parseUserThreads(status: string): { user: number; threads: number } | null {
  const user = /^Uid:\s+(\d+)/m.exec(status)?.[1];
  const threads = /^Threads:\s+(\d+)/m.exec(status)?.[1];
  if (user === undefined || threads === undefined) return null;
  return { user: Number(user), threads: Number(threads) };
}

/** Reads the output of `ulimit -Hn`. */
export function parseUlimit(text: string): number | null {
  const match = /^\s*(\d+|unlimited)\s*$/.exec(text);
  return match === null ? null : limitOf(match[1] as string);
}

/** Reads one line of /proc/meminfo, in bytes. The file's kB means KiB. */
export function parseMeminfo(meminfo: string, name: string): number | null {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(meminfo);
  return match === null ? null : Number(match[1]) * 1024;
}

/** Reads integers separated by white space, as in file-nr, tcp_mem and ip_local_port_range. */
export function parseNumbers(text: string): number[] {
  return (text.match(/\d+/g) ?? []).map(Number);
}

/** Reads a range of ports, "32768 60999" or two values of sysctl; null unless 1 <= from <= to <= 65535. */
export function parsePortRange(text: string): readonly [number, number] | null {
  const [from, to] = parseNumbers(text);
  if (from === undefined || to === undefined) return null;
  return from >= 1 && from <= to && to <= 65535 ? [from, to] : null;
}

/**
 * Reads ip_local_reserved_ports: "8080,9148-9150", or an empty line.
 *
 * @returns inclusive pairs in the file's order
 */
export function parsePortList(text: string): (readonly [number, number])[] {
  const pairs: (readonly [number, number])[] = [];
  for (const part of text.trim().split(",")) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part.trim());
    if (match !== null) pairs.push([Number(match[1]), Number(match[2] ?? match[1])]);
  }
  return pairs;
}

/** Reads a field of /proc/net/sockstat: `TCP: inuse 1 orphan 0 tw 2 alloc 1 mem 280`; `mem` is in pages. */
export function parseSockstat(sockstat: string, protocol: string, field: string): number | null {
  const line = new RegExp(`^${protocol}:(.*)$`, "m").exec(sockstat)?.[1];
  const match = new RegExp(` ${field} (\\d+)`).exec(line ?? "");
  return match === null ? null : Number(match[1]);
}

/** Reads the size of a memory page in bytes from /proc/self/smaps (`KernelPageSize:        4 kB`). */
export function parsePageSize(smaps: string): number | null {
  const match = /^KernelPageSize:\s+(\d+) kB/m.exec(smaps);
  return match === null ? null : Number(match[1]) * 1024;
}

/** Bits of capabilities. @see capabilities(7) */
export const capability = {
  /** Ports below 1024. */
  netBindService: 10n,
  /** More locked memory than the limit. */
  ipcLock: 14n,
  /** More processes than the limit, either of the two. */
  systemAdmin: 21n,
  systemResource: 24n,
} as const;

/** Returns whether a process has a capability, from /proc/<pid>/status. */
export function parseCapability(status: string, bit: bigint): boolean | null {
  const match = /^CapEff:\s+([0-9a-f]+)/m.exec(status);
  return match === null ? null : (BigInt(`0x${match[1]}`) & (1n << bit)) !== 0n;
}

/** Reads one value of `sysctl a b c`, which prints `name: value` (macOS) or `name = value` (Linux, BSD). */
export function parseSysctl(text: string, name: string): number | null {
  const escaped = name.replaceAll(".", "\\.");
  const match = new RegExp(`^${escaped}\\s*[:=]\\s*(\\d+)\\s*$`, "m").exec(text);
  return match === null ? null : Number(match[1]);
}

/** Reads macOS `vm_stat`: bytes available without swapping (free, inactive, speculative, purgeable). */
export function parseVmStat(text: string): number | null {
  const page = /page size of (\d+) bytes/.exec(text);
  if (page === null) return null;
  let pages = 0;
  for (const name of ["free", "inactive", "speculative", "purgeable"]) {
    pages += Number(new RegExp(`^Pages ${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0);
  }
  return pages * Number(page[1]);
}

/** Reads the IPv4 addresses of an interface from `ifconfig lo0`: lines `inet 127.0.0.1 netmask 0xff000000`. */
export function parseIfconfig(text: string): string[] {
  return [...text.matchAll(/^\s*inet (?:addr:)?(\d+\.\d+\.\d+\.\d+)/gm)].map((m) => m[1] as string);
}
