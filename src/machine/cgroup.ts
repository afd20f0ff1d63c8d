/** Limits of this process by its control group (a container, a systemd unit). Linux. */
import { readNumber, readText } from "./read-text.ts";

export interface CgroupLimits {
  /** The tightest memory limit of this process and its parents' groups, and how much of it is used; null: none. */
  readonly memory: { readonly limitBytes: number; readonly usedBytes: number } | null;
  /** Processes and threads; null: no limit. */
  readonly pids: { readonly max: number; readonly current: number } | null;
  /** CPUs by quota, such as 1.5; null: no quota. */
  readonly cpuQuota: number | null;
}

/** Reads files; tests pass fake ones. */
export interface CgroupFiles {
  text(path: string): string | null;
  number(path: string): number | null;
}

/** The files of this machine. */
export const systemFiles: CgroupFiles = { text: readText, number: readNumber };

/** Version 1 expresses "no limit" as a number near 2^63; no machine has a petabyte. */
const noLimitBytes = 2 ** 50;

/**
 * Reads the limits of version 2 and of version 1; both may be mounted at once.
 *
 * A parent's limit also applies, so every directory up to the root is read and the tightest limit is
 * used. In a container the process' own path may not exist under /sys/fs/cgroup, whose root then is
 * the container's group.
 *
 * @throws never
 */
export function readCgroup(read: CgroupFiles = systemFiles): CgroupLimits {
  const own = parseCgroupPaths(read.text("/proc/self/cgroup") ?? "");
  let memory: CgroupLimits["memory"] = null;
  let pids: CgroupLimits["pids"] = null;
  let cpuQuota: number | null = null;

  const tighterMemory = (limit: number | null, used: number | null): void => {
    if (limit === null || used === null || limit >= noLimitBytes) return;
    if (memory === null || limit - used < memory.limitBytes - memory.usedBytes) {
      memory = { limitBytes: limit, usedBytes: used };
    }
  };
  const tighterPids = (max: number | null, current: number | null): void => {
    if (max === null || current === null) return;
    if (pids === null || max - current < pids.max - pids.current) pids = { max, current };
  };
  const tighterCpu = (quotaUs: number | null, periodUs: number | null): void => {
    if (quotaUs === null || periodUs === null || periodUs === 0) return;
    cpuQuota = Math.min(cpuQuota ?? Number.POSITIVE_INFINITY, quotaUs / periodUs);
  };

  for (const path of pathsUpwards(own.get("") ?? "/")) {
    const base = `/sys/fs/cgroup${path}`;
    const cache = /^inactive_file (\d+)/m.exec(read.text(`${base}/memory.stat`) ?? "")?.[1];
    const used = read.number(`${base}/memory.current`);
    // Inactive page cache is reclaimed under pressure: it does not count as used.
    tighterMemory(
      read.number(`${base}/memory.max`),
      used === null ? null : used - Number(cache ?? 0),
    );
    tighterPids(read.number(`${base}/pids.max`), read.number(`${base}/pids.current`));
    const [quota, period] = (read.text(`${base}/cpu.max`) ?? "").trim().split(" ");
    if (quota !== undefined && quota !== "max") tighterCpu(Number(quota), Number(period ?? 0));
  }
  for (const path of pathsUpwards(own.get("memory") ?? "/")) {
    const base = `/sys/fs/cgroup/memory${path}`;
    const cache = /^total_inactive_file (\d+)/m.exec(read.text(`${base}/memory.stat`) ?? "")?.[1];
    const used = read.number(`${base}/memory.usage_in_bytes`);
    tighterMemory(
      read.number(`${base}/memory.limit_in_bytes`),
      used === null ? null : used - Number(cache ?? 0),
    );
  }
  for (const path of pathsUpwards(own.get("pids") ?? "/")) {
    const base = `/sys/fs/cgroup/pids${path}`;
    tighterPids(read.number(`${base}/pids.max`), read.number(`${base}/pids.current`));
  }
  for (const path of pathsUpwards(own.get("cpu") ?? "/")) {
    const base = `/sys/fs/cgroup/cpu${path}`;
    // -1 means no quota; it is not read as a number, so the result is null.
    tighterCpu(read.number(`${base}/cpu.cfs_quota_us`), read.number(`${base}/cpu.cfs_period_us`));
  }
  return { memory, pids, cpuQuota };
}

/**
 * Parses /proc/self/cgroup: `0::/user.slice` (version 2) and `4:memory:/box` (version 1), one per line.
 *
 * @returns path by controller; "" for version 2
 * @see     cgroups(7)
 */
export function parseCgroupPaths(text: string): Map<string, string> {
  const paths = new Map<string, string>();
  for (const line of text.split("\n")) {
    const match = /^\d+:([^:]*):(\/.*)$/.exec(line);
    if (match === null) continue;
    for (const controller of (match[1] as string).split(",")) {
      paths.set(controller, match[2] as string);
    }
  }
  return paths;
}

/** Returns a directory and all above it: "/a/b" -> "/a/b", "/a", "". */
export function pathsUpwards(path: string): string[] {
  const all: string[] = [];
  for (let at = path.replace(/\/+$/, ""); at !== ""; at = at.slice(0, at.lastIndexOf("/"))) {
    all.push(at);
  }
  return [...all, ""];
}
