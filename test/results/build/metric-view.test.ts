import { describe, expect, test } from "vitest";
import type { MetricRef } from "../../../src/gates/metric.ts";
import { parseGate } from "../../../src/gates/parse.ts";
import { counter, phase, timing } from "../../../src/metrics/snapshot.ts";
import { workloadData } from "../../../src/results/build/input.ts";
import { metricView } from "../../../src/results/build/metric-view.ts";
import type { ServerResult } from "../../../src/results/result.ts";
import { httpPlan, httpStory, measured, resultInput, server } from "../fixture.ts";

const names = { workloads: ["chat", "idle"], servers: ["echo"] };

function metric(name: string): MetricRef {
  return parseGate(`${name} == ${name}`, names).left.metric;
}

function viewOf(parts: Parameters<typeof resultInput>[0] = {}) {
  const input = resultInput(parts);
  return metricView(workloadData(input), input.servers);
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
    };
    const view = viewOf({ pattern: "stream", workloads: [{ ...measured(0), delivered }] });
    expect(view.value(metric("chat.exchanges.sent"))).toBe(4000);
    expect(view.value(metric("chat.exchanges.received"))).toBe(3990);
    expect(view.value(metric("chat.exchanges.duplicated"))).toBe(1);
    expect(view.value(metric("chat.rate.achievedPerSecond"))).toBe(800);
    expect(view.value(metric("chat.rate.receivedPerSecond"))).toBeNull();
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

  test("the last one takes what came in after steady state's end", () => {
    const late = measured(0, {
      note(recorder, quarters) {
        if (quarters === 25) recorder.time(timing.responseTime, phase.steady, 9e8);
      },
    });
    const max = metric("chat.responseTime.max");
    const windows = viewOf({ workloads: [late] }).windows(1e9, [max]);
    expect(windows.map((window) => window.value(max))).toEqual([1e6, 1e6, 1e6, 9e8]);
  });

  test("none when steady state is shorter", () => {
    expect(viewOf(bySecond).windows(4e9, [p99])).toHaveLength(1);
    expect(viewOf(bySecond).windows(5e9, [p99])).toHaveLength(0);
  });

  test("steady state between two seconds: samples from both edges, rates from whole seconds", () => {
    const shifted = measured(0);
    const times = {
      ...shifted.times,
      steadyNs: (shifted.times.steadyNs as number) + 0.5e9,
      endNs: (shifted.times.endNs as number) - 0.5e9,
    };
    const view = viewOf({ workloads: [{ ...shifted, times }] });
    const rate = metric("chat.rate.achievedPerSecond");
    expect(view.windows(1e9, [p99])).toHaveLength(4);
    const rates = view.windows(1e9, [rate]).map((window) => window.value(rate));
    expect(rates).toEqual([800, 800]);
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
