import { type CgroupFiles, parseCgroupPaths, pathsUpwards, systemFiles } from "../cgroup.ts";

/** How often the quota of a control group was exhausted, and how long its threads were stopped. */
export interface Throttling {
  readonly periods: number;
  readonly seconds: number;
}

/**
 * Reads `cpu.stat` of this process' control group and of all above it, and returns the one that was
 * throttled the most. Linux.
 *
 * @returns null where no group has a quota
 * @see     cgroups(7); version 2 has throttled_usec, version 1 throttled_time (ns)
 */
export function readThrottling(read: CgroupFiles = systemFiles): Throttling | null {
  const own = parseCgroupPaths(read.text("/proc/self/cgroup") ?? "");
  const folders = [
    ...pathsUpwards(own.get("") ?? "/").map((path) => `/sys/fs/cgroup${path}`),
    ...pathsUpwards(own.get("cpu") ?? "/").map((path) => `/sys/fs/cgroup/cpu${path}`),
  ];
  const all = folders.flatMap(
    (folder) => parseThrottling(read.text(`${folder}/cpu.stat`) ?? "") ?? [],
  );
  return all.reduce<Throttling | null>(
    (most, next) => (most === null || next.seconds > most.seconds ? next : most),
    null,
  );
}

/** Parses one `cpu.stat`; null without the lines of a quota. */
export function parseThrottling(text: string): Throttling | null {
  const value = (name: string) => {
    const digits = new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1];
    return digits === undefined ? null : Number(digits);
  };
  const periods = value("nr_throttled");
  const us = value("throttled_usec");
  const ns = value("throttled_time");
  if (periods === null || (us === null && ns === null)) return null;
  return { periods, seconds: us === null ? (ns ?? 0) / 1e9 : us / 1e6 };
}
