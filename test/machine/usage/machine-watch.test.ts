import { describe, expect, it } from "vitest";
import { monotonicNs } from "../../../src/base/clock.ts";
import { timed } from "../../../src/base/own-time.ts";
import { thisThread } from "../../../src/base/schedstat.ts";
import {
  type MachineSample,
  MachineWatch,
  machineInterval,
} from "../../../src/machine/usage/machine-watch.ts";
import type { ThreadTimes } from "../../../src/machine/usage/thread-times.ts";
import type { MachineInterval } from "../../../src/metrics/disturbance/disturbances.ts";

const quarter = 0.25;

function sample(
  atSeconds: number,
  stealSeconds: number,
  clients: Record<string, number>,
  servers: Record<string, number> = {},
  ownSeconds = 0,
): MachineSample {
  const threads = (waited: Record<string, number>) =>
    new Map<string, ThreadTimes>(
      Object.entries(waited).map(([name, waitedSeconds]) => [
        name,
        { ranSeconds: 0, waitedSeconds },
      ]),
    );
  return {
    atNs: atSeconds * 1e9,
    times: { cpus: 2, programSeconds: 0, idleSeconds: 0, stealSeconds },
    clients: threads(clients),
    servers: threads(servers),
    ownSeconds,
  };
}

/** Others that used so much of two CPUs in a second. */
const others = (seconds: number) => ({ fromNs: 0, toNs: 1e9, seconds });
const before = sample(0, 1, { a: 2, b: 3 }, { s: 1 });

describe("a quarter second of the machine", () => {
  it("lost nothing where threads waited for each other alone", () => {
    const after = sample(quarter, 1, { a: 2.1, b: 3 }, { s: 1.1 });
    expect(machineInterval(before, after, others(0.05))).toEqual({
      fromNs: 0,
      toNs: 0.25e9,
      lostNs: 0,
      isDisturbed: false,
    });
  });

  it("lost what clients and servers waited for while others had the CPUs", () => {
    const after = sample(quarter, 1, { a: 2.01, b: 3.02, new: 9 }, { s: 1.03 });
    const found = machineInterval(before, after, others(0.5));
    expect(found.lostNs).toBeCloseTo(50e6, 0);
    expect(found.isDisturbed).toBe(true);
  });

  it("is not disturbed by waits that few messages meet", () => {
    const after = sample(quarter, 1, { a: 2.004, b: 3 }, { s: 1 });
    const found = machineInterval(before, after, others(0.5));
    expect(found.lostNs).toBeCloseTo(4e6, 0);
    expect(found.isDisturbed).toBe(false);
  });

  it("lost what the hypervisor took, and what threads waited for because of it", () => {
    const one = machineInterval(before, sample(quarter, 1.01, { a: 2, b: 3 }), others(0));
    expect(one.lostNs).toBeCloseTo(10e6, 0);
    expect(one.isDisturbed).toBe(false);
    const much = machineInterval(before, sample(quarter, 1.03, { a: 2.01, b: 3 }), others(0));
    expect(much.lostNs).toBeCloseTo(40e6, 0);
    expect(much.isDisturbed).toBe(true);
  });

  it("lost what slash8 took of the thread of a server, whatever others did", () => {
    const after = sample(quarter, 1, { a: 2, b: 3 }, { s: 1 }, 0.02);
    const found = machineInterval(before, after, others(0));
    expect(found.lostNs).toBeCloseTo(20e6, 0);
    expect(found.isDisturbed).toBe(true);
  });

  it("never lost more than there was", () => {
    const after = sample(quarter, 2, { a: 2.25, b: 3 }, { s: 1.25 });
    expect(machineInterval(before, after, others(2)).lostNs).toBe(0.25e9);
  });

  it("is not known to be disturbed where the system reports nothing", () => {
    const blind = { atNs: 0, times: null, clients: new Map(), servers: new Map(), ownSeconds: 0 };
    const found = machineInterval(blind, { ...blind, atNs: 0.25e9 }, others(0));
    expect(found).toMatchObject({ lostNs: 0, isDisturbed: false });
  });
});

describe.runIf(process.platform === "linux")("the watch", () => {
  it("reports the time from its start to its end, without gaps", async () => {
    const intervals: MachineInterval[] = [];
    const pids = () => [process.pid];
    const clients = () => [thisThread() ?? ""];
    const watch = new MachineWatch(
      { clients, servers: () => [], sharesThread: false, ours: pids },
      (interval) => intervals.push(interval),
    );
    watch.start();
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(intervals).toEqual([]);
    watch.stop();
    watch.stop();
    expect(intervals.length).toBeGreaterThan(0);
    intervals.slice(1).forEach(({ fromNs }, at) => {
      expect(fromNs).toBe(intervals[at]?.toNs);
    });
  });

  it("has what slash8 took of this thread, where a server shares it", () => {
    const intervals: MachineInterval[] = [];
    const none = () => [];
    const watched = { clients: none, servers: none, sharesThread: true, ours: none };
    const watch = new MachineWatch(watched, (interval) => intervals.push(interval));
    watch.start();
    timed(() => {
      const beganNs = monotonicNs();
      while (monotonicNs() < beganNs + 20e6);
    });
    watch.stop();
    expect(intervals).toMatchObject([{ isDisturbed: true }]);
    expect(intervals[0]?.lostNs).toBeGreaterThanOrEqual(19.9e6); // seconds are summed as floats
  });
});
