import { describe, expect, test } from "vitest";
import { percentileChart } from "../../src/report/percentile-curve.ts";
import { reportRuns } from "../../src/report/report-run.ts";
import type { RunResult } from "../../src/results/result.ts";
import { sample } from "./samples.ts";

const curve = (...results: RunResult[]) =>
  percentileChart(
    reportRuns(results.map((result, index) => ({ label: String(index), result }))),
    "chat",
  );

describe("the percentile curve", () => {
  // A quarter of the samples each: 1, 2, 3 and 4 ms.
  const chart = curve(sample((second) => (second - 1) * 1e6));

  test("goes by 1 / (1 - p), eight points for each halving", () => {
    expect(chart?.x[0]).toBe(1);
    expect(chart?.x[8]).toBe(2);
    expect(chart?.x[16]).toBe(4);
  });

  test("has a line for response time and one for service time", () => {
    expect(chart?.series.map(({ label, part }) => [label, part])).toEqual([
      ["response time", 0],
      ["service time", 1],
    ]);
  });

  test("has the value of each percentile, and ends with the maximum", () => {
    const [response] = chart?.series ?? [];
    const at = (x: number) => Math.round((response?.values[chart?.x.indexOf(x) ?? -1] ?? 0) / 1e6);
    expect([at(1), at(2), at(4), at(8)]).toEqual([1, 2, 3, 4]);
    expect(response?.values.at(-1)).toBe(4e6);
  });

  test("never falls", () => {
    const values = chart?.series[0]?.values.filter((value) => value !== null) ?? [];
    expect(values).toEqual(values.toSorted((a, b) => a - b));
  });

  test("of fewer samples ends sooner, on the same x", () => {
    const few = sample();
    const chat = few.workloads.chat;
    const responseTime = { ...chat?.responseTime, ...few.workloads.chat?.connectTime };
    const both = curve(sample(), {
      ...few,
      workloads: { chat: { ...chat, responseTime } },
    } as RunResult);
    const [long, , short] = both?.series ?? [];
    const points = (values: readonly unknown[] | undefined) =>
      values?.filter((value) => value !== null).length ?? 0;
    // 10 connections: log2 10 = 3.3 halvings.
    expect(points(short?.values)).toBe(28);
    expect(points(long?.values)).toBe(both?.x.length);
  });
});

test("there is none without samples, or where the histogram cannot be read", () => {
  const result = sample();
  const { chat } = result.workloads;
  const empty = { unit: "ns", count: 0, hdr: "" };
  const broken = { ...chat?.responseTime, hdr: "bm90aGluZw==" };
  for (const histogram of [empty, broken]) {
    const workload = { ...chat, responseTime: histogram, serviceTime: histogram };
    expect(curve({ ...result, workloads: { chat: workload } } as unknown as RunResult)).toBeNull();
  }
});
