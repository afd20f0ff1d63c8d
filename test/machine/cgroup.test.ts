import { expect, test } from "vitest";
import { type CgroupFiles, parseCgroupPaths, readCgroup } from "../../src/machine/cgroup.ts";

function made(files: Readonly<Record<string, string>>): CgroupFiles {
  return {
    text: (path) => files[path] ?? null,
    number: (path) => {
      const match = /^\s*(\d+)/.exec(files[path] ?? "");
      return match === null ? null : Number(match[1]);
    },
  };
}

test("paths of both versions", () => {
  const paths = parseCgroupPaths("4:memory:/box/a\n1:cpu,cpuacct:/\n0::/user.slice/b\n");
  expect(paths.get("memory")).toBe("/box/a");
  expect(paths.get("cpuacct")).toBe("/");
  expect(paths.get("")).toBe("/user.slice/b");
});

test("version 2: the tightest limit of all levels, unused cache not counted", () => {
  const limits = readCgroup(
    made({
      "/proc/self/cgroup": "0::/outer/inner\n",
      "/sys/fs/cgroup/outer/inner/memory.max": "max\n",
      "/sys/fs/cgroup/outer/inner/memory.current": "500\n",
      "/sys/fs/cgroup/outer/memory.max": "1000\n",
      "/sys/fs/cgroup/outer/memory.current": "700\n",
      "/sys/fs/cgroup/outer/memory.stat": "anon 1\ninactive_file 100\n",
      "/sys/fs/cgroup/outer/inner/pids.max": "64\n",
      "/sys/fs/cgroup/outer/inner/pids.current": "10\n",
      "/sys/fs/cgroup/outer/pids.max": "60\n",
      "/sys/fs/cgroup/outer/pids.current": "59\n",
      "/sys/fs/cgroup/outer/inner/cpu.max": "150000 100000\n",
      "/sys/fs/cgroup/outer/cpu.max": "max 100000\n",
    }),
  );
  expect(limits).toEqual({
    memory: { limitBytes: 1000, usedBytes: 600 },
    pids: { max: 60, current: 59 },
    cpuQuota: 1.5,
  });
});

test("version 1, whose 'no limit' is a large number", () => {
  const limits = readCgroup(
    made({
      "/proc/self/cgroup": "4:memory:/box\n3:pids:/box\n1:cpu:/box\n",
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
      "/sys/fs/cgroup/memory/memory.usage_in_bytes": "5000\n",
      "/sys/fs/cgroup/memory/box/memory.limit_in_bytes": "4096\n",
      "/sys/fs/cgroup/memory/box/memory.usage_in_bytes": "1000\n",
      "/sys/fs/cgroup/memory/box/memory.stat": "total_inactive_file 200\n",
      "/sys/fs/cgroup/pids/box/pids.max": "max\n",
      "/sys/fs/cgroup/pids/box/pids.current": "7\n",
      "/sys/fs/cgroup/cpu/box/cpu.cfs_quota_us": "-1\n",
      "/sys/fs/cgroup/cpu/box/cpu.cfs_period_us": "100000\n",
    }),
  );
  expect(limits).toEqual({
    memory: { limitBytes: 4096, usedBytes: 800 },
    pids: null,
    cpuQuota: null,
  });
});

test("a container's own group is the root of its hierarchy", () => {
  const limits = readCgroup(
    made({
      "/proc/self/cgroup": "0::/\n",
      "/sys/fs/cgroup/memory.max": "2048\n",
      "/sys/fs/cgroup/memory.current": "48\n",
    }),
  );
  expect(limits.memory).toEqual({ limitBytes: 2048, usedBytes: 48 });
});

test("no control groups at all", () => {
  expect(readCgroup(made({}))).toEqual({ memory: null, pids: null, cpuQuota: null });
});
