import { describe, expect, test } from "vitest";
import type { MetricRef } from "../../../src/gates/metric.ts";
import { parseGate } from "../../../src/gates/parse.ts";
import { WorkloadAccumulator } from "../../../src/metrics/accumulator.ts";
import { Recorder } from "../../../src/metrics/recorder.ts";
import { counter, momentOf, phase, timing } from "../../../src/metrics/snapshot.ts";
import { workloadData } from "../../../src/results/build/input.ts";
import { metricView } from "../../../src/results/build/metric-view.ts";
import type { ServerResult } from "../../../src/results/server-result.ts";
import { httpPlan, httpStory, measured, resultInput, server, startNs } from "../fixture.ts";

const names = { workloads: ["chat", "idle"], servers: ["echo"] };

function metric(name: string): MetricRef {
  return parseGate(`${name} == ${name}`, names).left.metric;
}

function viewOf(parts: Parameters<typeof resultInput>[0] = {}) {
  const input = resultInput(parts);
  return metricView(workloadData(input), input.servers, input.run.disturbances);
}

const two = { names: ["chat", "idle"] };

describe("metricView", () => {
  test.each([
    ["chat.connections.planned", 10],
    ["chat.connections.opened", 10],
    ["chat.connections.peak", 10],
    ["chat.connections.opensPerSecond", 10],
    // 2 workers x 16 quarters of steady state x 100; warm-up is not in it.
    ["chat.exchanges.sent", 3200],
    ["chat.exchanges.received", 3200],
    ["chat.rate.offeredPerSecond", 800],
    ["chat.rate.achievedPerSecond", 800],
    ["chat.rate.receivedPerSecond", 800],
    ["chat.bytes.sent", 204_800],
    ["chat.errors", 0],
    ["chat.responseTime.count", 3200],
    ["chat.responseTime.p99", 1e6],
    ["chat.responseTime.mean", 1e6],
    ["chat.responseTime.stdDev", 0],
    ["chat.connectTime.max", 50_000],
    ["total.exchanges.sent", 6400],
    ["total.rate.achievedPerSecond", 1600],
    ["total.responseTime.count", 6400],
    ["total.connections.peak", 20],
    ["servers.echo.rssBytesPeak", 50 * 1024 * 1024],
    ["servers.echo.cpuSeconds", 1.5e9],
    ["servers.echo.memoryBytesPerConnection", 9_000],
  ])("%s is %d", (name, value) => {
    expect(viewOf(two).value(metric(name))).toBe(value);
  });

  test("errors by side, without those of warm-up", () => {
    const chat = measured(0, {
      note(recorder, quarters) {
        if (quarters === 0) recorder.error("EMFILE", "generator", phase.connect);
        if (quarters === 4) recorder.error("ECONNRESET", "target", phase.warmUp);
        if (quarters === 9) recorder.error("ECONNRESET", "target", phase.steady, 2);
      },
    });
    const view = viewOf({ workloads: [chat] });
    expect(view.value(metric("chat.errors"))).toBe(6);
    expect(view.value(metric("chat.errors.target"))).toBe(4);
    expect(view.value(metric("chat.errors.generator"))).toBe(2);
  });

  test("errors by code, without those of warm-up; one that never occurred is 0", () => {
    const chat = measured(0, {
      note(recorder, quarters) {
        if (quarters === 4) recorder.error("ECONNRESET", "target", phase.warmUp);
        if (quarters === 9) recorder.error("ECONNRESET", "target", phase.steady, 2);
        if (quarters === 9) recorder.error("TIMEOUT", "target", phase.steady);
      },
    });
    const view = viewOf({ workloads: [chat] });
    const ref = metric("chat.errors.ECONNRESET");
    expect(view.value(ref)).toBe(4);
    expect(view.undisturbed?.value(ref)).toBe(4);
    expect(view.credited?.value(ref)).toBe(4);
    expect(view.value(metric("total.errors.TIMEOUT"))).toBe(2);
    expect(view.value(metric("chat.errors.DNS_REFUSED"))).toBe(0);
    const inWindows = view.windows(1e9, [ref]).map((window) => window.value(ref));
    expect(inWindows.filter((count) => count !== 0)).toEqual([4]);
  });

  test("replies by HTTP status, of steady state", () => {
    const story = httpStory(200, 200, 200, 204, 503);
    const workloads = [measured(0, story), measured(1, httpStory(404))];
    const { plan } = resultInput(two);
    const view = viewOf({ ...two, plan: httpPlan(plan), workloads });
    const count = (name: string) => view.value(metric(name));
    expect(count("chat.exchanges.status.200")).toBe(1920);
    expect(count("chat.exchanges.status.204")).toBe(640);
    expect(count("chat.exchanges.status.2xx")).toBe(2560);
    expect(count("chat.exchanges.status.5xx")).toBe(640);
    expect(count("chat.exchanges.status.4xx")).toBe(0);
    expect(count("total.exchanges.status.4xx")).toBe(3200);
    expect(count("total.exchanges.status.503")).toBe(640);
    // 2 workers x 4 quarters x 20 a second.
    const ref = metric("chat.exchanges.status.503");
    expect(view.windows(1e9, [ref]).map((window) => window.value(ref))).toEqual([
      160, 160, 160, 160,
    ]);
  });

  test("replies by HTTP status are no data where they have none", () => {
    const { plan } = resultInput(two);
    const [chat] = httpPlan(plan).scenario.workloads;
    const [, plain] = plan.scenario.workloads;
    const view = viewOf(two);
    expect(view.value(metric("chat.exchanges.status.200"))).toBeNull();
    expect(view.value(metric("total.exchanges.status.200"))).toBeNull();
    const mixed = { ...plan.scenario, workloads: [chat, plain] } as typeof plan.scenario;
    const workloads = [measured(0, httpStory(200)), measured(1)];
    const half = viewOf({ ...two, plan: { ...plan, scenario: mixed }, workloads });
    expect(half.value(metric("idle.exchanges.status.200"))).toBeNull();
    expect(half.value(metric("total.exchanges.status.200"))).toBe(3200);
  });

  test("no data is null, never 0", () => {
    const silent = measured(0, { offered: 0 });
    const never = { ...silent, times: { ...silent.times, steadyNs: null, endNs: null } };
    const unknown: ServerResult = { ...server, cpuSeconds: null, rssBytesPeak: null };
    const view = viewOf({ workloads: [never], servers: new Map([["echo", unknown]]) });
    for (const name of [
      "chat.responseTime.p99",
      "chat.responseTime.min",
      "chat.rate.achievedPerSecond",
      "total.responseTime.max",
      "servers.echo.cpuSeconds",
      "servers.echo.rssBytesPeak",
    ]) {
      expect(view.value(metric(name)), name).toBeNull();
    }
    expect(view.value(metric("chat.responseTime.count"))).toBe(0);
    expect(view.windows(1e9, [metric("chat.responseTime.p99")])).toEqual([]);
  });

  test("a stream counted by its server: of the whole run", () => {
    const delivered = {
      lost: null,
      received: 3990,
      duplicated: 1,
      reordered: 2,
      bytesReceived: 64 * 3990,
      arrivals: [790, 800, 810, 796],
    };
    const view = viewOf({ pattern: "stream", workloads: [{ ...measured(0), delivered }] });
    expect(view.value(metric("chat.exchanges.sent"))).toBe(4000);
    expect(view.value(metric("chat.exchanges.received"))).toBe(3990);
    expect(view.value(metric("chat.exchanges.duplicated"))).toBe(1);
    expect(view.value(metric("chat.rate.achievedPerSecond"))).toBe(800);
    expect(view.value(metric("chat.rate.receivedPerSecond"))).toBe(799);
    const windows = (name: string, seconds: number) =>
      view.windows(seconds * 1e9, [metric(name)]).map((window) => window.value(metric(name)));
    expect(windows("chat.exchanges.received", 1)).toEqual([790, 800, 810, 796]);
    expect(windows("chat.rate.receivedPerSecond", 2)).toEqual([795, 805, 803]);
    expect(windows("chat.exchanges.sent", 2)).toEqual([1600, 1600, 1600]);
  });

  test("a stream whose server does not say when it received what", () => {
    const delivered = {
      lost: null,
      received: 3990,
      duplicated: 0,
      reordered: 0,
      bytesReceived: 1,
      arrivals: null,
    };
    const view = viewOf({ pattern: "stream", workloads: [{ ...measured(0), delivered }] });
    const rate = metric("chat.rate.receivedPerSecond");
    expect(view.value(rate)).toBeNull();
    expect(view.windows(2e9, [rate]).map((window) => window.value(rate))).toEqual([
      null,
      null,
      null,
    ]);
  });

  test("churn opens connections in steady state", () => {
    const churn = measured(0, {
      note: (recorder, quarters) => {
        if (quarters >= 8 && quarters < 24) recorder.count(phase.steady, counter.opened, 50);
      },
    });
    const view = viewOf({ pattern: "churn", workloads: [churn] });
    expect(view.value(metric("chat.connections.opensPerSecond"))).toBe(400);
    expect(view.value(metric("chat.connections.opened"))).toBe(1610);
  });
});

describe("windows", () => {
  const p99 = metric("chat.responseTime.p99");
  const bySecond = { workloads: [measured(0, { responseNs: (second) => 1000 * second })] };

  test("slide by a second, only over steady state", () => {
    const windows = viewOf(bySecond).windows(2e9, [p99]);
    expect(windows.map((window) => window.value(p99))).toEqual([3000, 4000, 5000]);
    const min = metric("chat.responseTime.min");
    expect(windows.map((window) => window.value(min))).toEqual([2000, 3000, 4000]);
  });

  test("take what came in later, of a request that was due in them", () => {
    const late = measured(0, {
      note(recorder, quarters) {
        if (quarters === 25) recorder.time(timing.responseTime, momentOf(phase.steady, 3), 9e8);
        if (quarters === 18) recorder.time(timing.responseTime, momentOf(phase.steady, 1), 3e8);
      },
    });
    const max = metric("chat.responseTime.max");
    const windows = viewOf({ workloads: [late] }).windows(1e9, [max]);
    expect(windows.map((window) => window.value(max))).toEqual([1e6, 3e8, 1e6, 9e8]);
  });

  test("count whole seconds, whenever the snapshots were taken", () => {
    const sent = metric("chat.exchanges.sent");
    const rate = metric("chat.rate.achievedPerSecond");
    const { accumulator, ...rest } = measured(0, { offered: 0 });
    const recorder = new Recorder(0, 2, startNs);
    // 40 a second for 4.3 s of steady state, and snapshots at any time.
    for (let arrival = 0; arrival < 172; arrival++) {
      recorder.sent(momentOf(phase.steady, Math.floor(arrival / 40)), 64);
      if (arrival % 37 === 5) {
        accumulator.add(recorder.snapshot(startNs + 2e9 + (arrival / 40) * 1e9 + 0.4e9));
      }
    }
    accumulator.add(recorder.snapshot(startNs + 9e9));
    const times = { ...rest.times, endNs: startNs + 6.3e9 };
    const view = viewOf({ workloads: [{ ...rest, accumulator, times }] });
    expect(view.value(sent)).toBe(172);
    const values = (seconds: number, of: typeof sent) =>
      view.windows(seconds * 1e9, [of]).map((window) => window.value(of));
    expect(values(1, sent)).toEqual([40, 40, 40, 40]);
    expect(values(3, sent)).toEqual([120, 120]);
    expect(values(3, rate)).toEqual([40, 40]);
  });

  test("know a pause of the schedule", () => {
    const some = measured(0, {
      offered: 0,
      note(recorder, quarters, at) {
        if (quarters >= 8 && quarters < 12) recorder.answered(at, 1e6, 1e6, startNs);
        if (quarters >= 8 && quarters < 12) recorder.sent(at, 64);
        if (quarters === 17) recorder.count(at, counter.offered, 1);
        if (quarters === 20) recorder.count(at, counter.failed, 1);
      },
    });
    const connectTime = metric("chat.connectTime.p99");
    const windows = viewOf({ workloads: [some] }).windows(1e9, [p99]);
    expect(windows.map((window) => window.isPause(p99))).toEqual([false, true, false, true]);
    expect(windows.map((window) => window.isPause(connectTime))).toEqual([true, true, true, false]);
  });

  test("none when steady state is shorter", () => {
    expect(viewOf(bySecond).windows(4e9, [p99])).toHaveLength(1);
    expect(viewOf(bySecond).windows(5e9, [p99])).toHaveLength(0);
  });

  test("none is partly after the end of steady state", () => {
    const early = measured(0);
    const times = { ...early.times, endNs: (early.times.endNs as number) - 0.5e9 };
    const view = viewOf({ workloads: [{ ...early, times }] });
    expect(view.windows(1e9, [p99])).toHaveLength(3);
    expect(view.windows(2e9, [p99])).toHaveLength(2);
  });

  test("of workloads that began at different times: the seconds that are nearest", () => {
    const steadyNs = startNs + 3.4e9;
    const later = measured(1);
    const accumulator = new WorkloadAccumulator(1, startNs);
    accumulator.begin(steadyNs);
    const recorder = new Recorder(1, 0, startNs);
    for (let second = 0; second < 2; second++) {
      recorder.time(timing.responseTime, momentOf(phase.steady, second), 10 * (second + 1));
    }
    accumulator.add(recorder.snapshot(startNs + 6e9));
    const times = { ...later.times, steadyNs, endNs: startNs + 5.4e9 };
    const view = viewOf({
      ...two,
      workloads: [
        measured(0, { responseNs: (second) => 1000 * second }),
        { ...later, accumulator, times },
      ],
    });
    const idle = metric("idle.responseTime.max");
    const pairs = view
      .windows(1e9, [p99, idle])
      .map((window) => [window.value(p99), window.value(idle)]);
    expect(pairs).toEqual([
      [3000, 10],
      [4000, 20],
    ]);
    const total = metric("total.responseTime.count");
    expect(view.windows(1e9, [total]).map((window) => window.value(total))).toEqual([
      800, 801, 801, 800,
    ]);
  });

  test("several workloads: where all are steady; total: where any is", () => {
    const early = measured(0);
    const later = measured(1);
    const times = { ...later.times, steadyNs: (later.times.steadyNs as number) + 2e9 };
    const view = viewOf({ ...two, workloads: [early, { ...later, times }] });
    const idle = metric("idle.responseTime.p99");
    const total = metric("total.responseTime.p99");
    expect(view.windows(1e9, [p99])).toHaveLength(4);
    expect(view.windows(1e9, [idle])).toHaveLength(2);
    expect(view.windows(1e9, [p99, idle])).toHaveLength(2);
    expect(view.windows(1e9, [total])).toHaveLength(4);
  });
});
