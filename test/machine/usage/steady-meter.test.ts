import { describe, expect, it, test } from "vitest";
import { monotonicNs } from "../../../src/base/clock.ts";
import { parseMachineTimes } from "../../../src/machine/usage/machine-times.ts";
import type { ProcessRow } from "../../../src/machine/usage/process-table.ts";
import {
  SteadyMeter,
  type SteadyReading,
  steadyUse,
} from "../../../src/machine/usage/steady-meter.ts";
import { busiestThread, readThreads } from "../../../src/machine/usage/thread-times.ts";
import { parseThrottling, readThrottling } from "../../../src/machine/usage/throttling.ts";

test("/proc/stat: programs, idle and stolen time, in ticks of 10 ms", () => {
  const text =
    "cpu  100 200 300 4000 500 60 70 80 10 0\ncpu0 50 100 150 2000 250 30 35 40 5 0\ncpu1 50 100 150 2000 250 30 35 40 5 0\nintr 1\n";
  expect(parseMachineTimes(text)).toEqual({
    cpus: 2,
    programSeconds: 6,
    idleSeconds: 45,
    stealSeconds: 0.8,
  });
  expect(parseMachineTimes("")).toBeNull();
});

describe("throttling", () => {
  it("is read in both versions' units", () => {
    const two = "usage_usec 9\nnr_periods 100\nnr_throttled 7\nthrottled_usec 250000\n";
    expect(parseThrottling(two)).toEqual({ periods: 7, seconds: 0.25 });
    const one = "nr_periods 100\nnr_throttled 7\nthrottled_time 250000000\n";
    expect(parseThrottling(one)).toEqual({ periods: 7, seconds: 0.25 });
    expect(parseThrottling("usage_usec 9\n")).toBeNull();
  });

  it("is that of the most throttled group among all above this process", () => {
    const files: Record<string, string> = {
      "/proc/self/cgroup": "0::/box/inner\n1:cpu:/box\n",
      "/sys/fs/cgroup/box/inner/cpu.stat": "nr_throttled 1\nthrottled_usec 1000\n",
      "/sys/fs/cgroup/box/cpu.stat": "nr_throttled 5\nthrottled_usec 900000\n",
      "/sys/fs/cgroup/cpu/box/cpu.stat": "nr_throttled 2\nthrottled_time 1000000\n",
    };
    const read = { text: (path: string) => files[path] ?? null, number: () => null };
    expect(readThrottling(read)).toEqual({ periods: 5, seconds: 0.9 });
    expect(readThrottling({ text: () => null, number: () => null })).toBeNull();
  });
});

describe("threads", () => {
  it("the busiest between two readings, with its wait time", () => {
    const before = new Map([
      ["1/1", { ranSeconds: 100, waitedSeconds: 5 }],
      ["1/2", { ranSeconds: 1, waitedSeconds: 0 }],
    ]);
    const after = new Map([
      ["1/1", { ranSeconds: 101, waitedSeconds: 5 }],
      ["1/2", { ranSeconds: 4, waitedSeconds: 0.5 }],
      ["1/3", { ranSeconds: 2, waitedSeconds: 0 }],
    ]);
    expect(busiestThread(before, after)).toEqual({ ranSeconds: 3, waitedSeconds: 0.5 });
    expect(busiestThread(before, new Map())).toBeNull();
  });

  it.runIf(process.platform === "linux")("this process has one that ran", () => {
    const threads = readThreads([process.pid, 2 ** 30]);
    expect(threads.get(`${process.pid}/${process.pid}`)?.ranSeconds).toBeGreaterThan(0);
    expect([...threads.keys()].every((key) => key.startsWith(`${process.pid}/`))).toBe(true);
  });
});

const row = (pid: number, parent: number, cpuSeconds: number, reapedSeconds = 0): ProcessRow => ({
  pid,
  parent,
  group: pid,
  zombie: false,
  cpuSeconds,
  reapedSeconds,
  startedTicks: pid,
  rssBytes: null,
});

function reading(atSeconds: number, rows: readonly ProcessRow[], programs: number): SteadyReading {
  return {
    atNs: atSeconds * 1e9,
    times: { cpus: 4, programSeconds: programs, idleSeconds: programs, stealSeconds: 1 },
    throttling: { periods: programs, seconds: programs },
    rows,
    ours: [10],
    servers: new Map([
      ["echo", { rows: rows.filter(({ pid }) => pid === 11), threads: new Map() }],
    ]),
  };
}

describe("between two readings", () => {
  // 10 is ours, 11 a server below it, 2 and 3 are the kernel's, 50 and 51 other programs.
  const first = reading(
    5,
    [row(10, 1, 1), row(11, 10, 1), row(2, 0, 0), row(3, 2, 7), row(50, 1, 100)],
    200,
  );

  it("other programs are neither ours nor the kernel's, the busiest first", () => {
    const rows = [row(10, 1, 2), row(11, 10, 4), row(3, 2, 9), row(50, 1, 101), row(51, 1, 3)];
    const { machine, servers } = steadyUse(first, reading(15, rows, 206), 1.5, (pid) => `p${pid}`);
    expect(machine).toEqual({
      cpus: 4,
      overSeconds: 10,
      idleSeconds: 6,
      stealSeconds: 0,
      othersSeconds: 4,
      busiestOthers: [
        { name: "p51", pid: 51, cpuSeconds: 3 },
        { name: "p50", pid: 50, cpuSeconds: 1 },
      ],
      throttledPeriods: 6,
      throttledSeconds: 6,
      loadBefore: 1.5,
    });
    expect(servers.get("echo")).toEqual({
      cpuSeconds: 3,
      busiestThreadSeconds: null,
      busiestThreadWaitedSeconds: null,
      overSeconds: 10,
    });
  });

  it("programs that are not visible are in the machine's sum", () => {
    const rows = [row(10, 1, 2), row(11, 10, 4), row(3, 2, 9), row(50, 1, 100)];
    const { machine } = steadyUse(first, reading(15, rows, 226), null, String);
    // 26 s of programs, 4 of them ours and 2 the kernel's.
    expect(machine?.othersSeconds).toBe(20);
    expect(machine?.busiestOthers).toEqual([]);
  });

  it("an exited child of ours is still ours", () => {
    const rows = [row(10, 1, 2, 19), row(3, 2, 9), row(50, 1, 100)];
    const { machine, servers } = steadyUse(first, reading(15, rows, 221), null, String);
    expect(machine?.othersSeconds).toBe(0);
    expect(servers.size).toBe(0);
  });

  it("without the system's times, only the servers", () => {
    const unknown = { ...first, times: null, throttling: null };
    const { machine, servers } = steadyUse(unknown, { ...unknown, atNs: 15e9 }, null);
    expect(machine).toBeNull();
    expect(servers.get("echo")?.cpuSeconds).toBe(0);
  });
});

describe("the meter", () => {
  const subjects = {
    servers: () => [{ name: "self", pids: [process.pid] }],
    ours: () => [process.pid],
  };

  it("measures from the start of steady state to its end", async () => {
    const meter = new SteadyMeter(subjects);
    const nowNs = monotonicNs();
    meter.plan(nowNs + 10e6, nowNs + 120e6);
    await new Promise((resolve) => setTimeout(resolve, 60));
    const untilNs = monotonicNs() + 40e6;
    while (monotonicNs() < untilNs);
    meter.end();
    const use = await meter.take();
    expect(use?.servers.get("self")?.overSeconds).toBeGreaterThan(0);
    if (process.platform === "linux") {
      expect(use?.machine?.cpus).toBeGreaterThan(0);
      expect(use?.machine?.othersSeconds).toBeGreaterThanOrEqual(0);
      expect(use?.servers.get("self")?.busiestThreadSeconds).toBeGreaterThan(0);
    }
  });

  it("returns null if steady state was not reached", async () => {
    const meter = new SteadyMeter(subjects);
    meter.plan(monotonicNs() + 60e9, monotonicNs() + 90e9);
    expect(await meter.take()).toBeNull();
  });
});
