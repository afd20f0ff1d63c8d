import { describe, expect, test } from "vitest";
import { buildPageModel } from "../../src/report/build-model.ts";
import { buildResult } from "../../src/results/build/build.ts";
import type { RunResult, WorkloadResult } from "../../src/results/result.ts";
import { httpPlan, httpStory, measured, resultInput } from "../results/fixture.ts";
import { day, hour } from "./hour.ts";
import { sample } from "./samples.ts";

describe("one result", () => {
  const model = buildPageModel([{ label: "a", result: sample() }]);

  test("has its verdict, gates and figures as text", () => {
    expect(model.title).toBe("chat test");
    expect(model.runs).toMatchObject([
      {
        label: "a",
        outcome: "pass",
        about: "2026-11-21 10:00:00 UTC · 7.00 s · io node · 2 workers",
        reasons: [],
      },
    ]);
    expect(model.gates?.rows).toEqual([
      ["pass", "chat.responseTime.max < 5ms", "1.00 ms", "5.00 ms"],
    ]);
    expect(model.summary.rows.map(([name]) => name)).toEqual(["chat", "idle"]);
  });

  test("counts time from the start of steady state, at 2 s", () => {
    expect(model.time).toEqual({ fromSeconds: -2, stepSeconds: 1, count: 7 });
    expect(model.workloads[0]?.steady).toEqual([{ fromSeconds: 0, toSeconds: 4 }]);
  });

  test("has latencies of steady state alone, and rates of all of it", () => {
    const chart = (id: string) => model.workloads[0]?.charts.find((found) => found.id === id);
    const values = (id: string) => chart(id)?.series[0]?.values.map((value) => value !== null);
    const steady = [false, false, true, true, true, true, false];
    expect(values("latency")).toEqual(steady);
    expect(values("sendLag")).toEqual(steady);
    expect(values("rate")).toEqual(new Array(7).fill(true));
    expect(chart("latency")?.note).toBe("steady state alone");
    expect(chart("rate")?.note).toBeNull();
  });

  test("where steady state was not reached, has all that there is", () => {
    const result = sample();
    const chat = { ...result.workloads.chat, steady: null } as WorkloadResult;
    const { workloads } = buildPageModel([
      { label: "a", result: { ...result, workloads: { chat } } },
    ]);
    const latency = workloads[0]?.charts.find(({ id }) => id === "latency");
    expect(latency?.series[0]?.values.filter((value) => value !== null)).toHaveLength(5);
  });

  test("has as many values in every line as the time has bins", () => {
    const lines = [...model.workloads, ...model.servers].flatMap(({ charts }) =>
      charts.flatMap(({ series }) => series),
    );
    expect(lines.length).toBeGreaterThan(10);
    for (const { values } of lines) expect(values).toHaveLength(model.time.count);
  });
});

test("memberships below a mebibyte for an hour of twenty workloads", () => {
  const names = Array.from({ length: 20 }, (_, index) => `w${index}`);
  const model = buildPageModel([{ label: "a", result: hour(names, 12) }]);
  expect(model.workloads).toHaveLength(20);
  expect(JSON.stringify(model).length).toBeLessThan(900 * 1024);
});

test("is bounded for a day: rates are a second's, and no bin is empty", () => {
  const model = buildPageModel([{ label: "a", result: day(["one"]) }]);
  expect(model.time).toMatchObject({ stepSeconds: 300, count: 289 });
  expect(JSON.stringify(model).length).toBeLessThan(200 * 1024);
  const charts = [...(model.workloads[0]?.charts ?? []), ...(model.servers[0]?.charts ?? [])];
  expect(charts.map(({ id }) => id)).toEqual([
    "latency",
    "rate",
    "open",
    "errors",
    "sendLag",
    "cpu",
    "memory",
  ]);
  const valuesOf = (id: string) =>
    charts.find((chart) => chart.id === id)?.series.map(({ values }) => values) ?? [];
  const [sent, received, offered] = valuesOf("rate");
  expect(offered?.every((value) => value === 100_000)).toBe(true);
  expect(
    [...(sent ?? []), ...(received ?? [])].every(
      (value) => (value ?? -1) >= 0 && (value ?? 1e6) <= 1e5,
    ),
  ).toBe(true);
  expect(
    valuesOf("cpu")[0]
      ?.slice(1, -2)
      .every((value) => Math.abs((value ?? 0) - 1 / 3) < 0.01),
  ).toBe(true);
  expect(
    valuesOf("memory")[0]
      ?.slice(1)
      .every((value) => value !== null),
  ).toBe(true);
});

test("of a run that ended before it began is a page, too", () => {
  const result = sample();
  const { chat } = result.workloads;
  const empty = { ...chat, steady: null, timeline: [] } as unknown as WorkloadResult;
  const model = buildPageModel([
    { label: "a", result: { ...result, workloads: { chat: empty }, servers: {} } },
  ]);
  expect(model.time.count).toBe(0);
  expect(model.workloads[0]).toMatchObject({ steady: [null], charts: [] });
});

describe("several results", () => {
  const model = buildPageModel([
    { label: "before", result: sample() },
    { label: "after", result: sample(() => 3e6) },
  ]);

  test("share the charts of their workloads, a line for each", () => {
    expect(model.workloads.map(({ name }) => name)).toEqual(["chat", "idle"]);
    const latency = model.workloads[0]?.charts.find(({ id }) => id === "latency");
    expect(latency?.series.map(({ label, run }) => [label, run])).toEqual([
      ["p50", 0],
      ["p99", 0],
      ["max", 0],
      ["p50", 1],
      ["p99", 1],
      ["max", 1],
    ]);
  });

  test("have replies by status in a table, where there are any", () => {
    const tableOf = (results: readonly RunResult[]) => {
      const inputs = results.map((result, index) => ({ label: `run ${index}`, result }));
      const tables = buildPageModel(inputs).workloads[0]?.tables ?? [];
      return tables.find(({ title }) => title.startsWith("Status of replies"));
    };
    const http = buildResult(
      resultInput({
        plan: httpPlan(resultInput().plan),
        workloads: [measured(0, httpStory(200, 503))],
      }),
    );
    expect(tableOf([sample()])).toBeUndefined();
    expect(tableOf([http])?.rows).toEqual([
      ["200", "1,600"],
      ["503", "1,600"],
    ]);
    expect(tableOf([sample(), http])?.rows).toEqual([
      ["run 1", "200", "1,600"],
      ["run 1", "503", "1,600"],
    ]);
  });

  test("are named in the tables", () => {
    expect(model.summary.columns.map(({ label }) => label).slice(0, 2)).toEqual([
      "workload",
      "result",
    ]);
    expect(model.gates?.rows.map(([label]) => label)).toEqual(["before", "after"]);
  });

  test("state a scenario once that they have in common", () => {
    const scenarios = model.details.filter(({ scenario }) => scenario !== null);
    expect(scenarios.map(({ runs }) => runs)).toEqual([[0, 1]]);
  });
});
