import { describe, expect, test } from "vitest";
import { pageOfEnded, pageOfRunning, secondsShown } from "../../src/live/page-model.ts";
import { buildResult } from "../../src/results/build/build.ts";
import type { RunResult } from "../../src/results/result.ts";
import { resultInput } from "../results/fixture.ts";
import { earlyView, runView } from "./samples.ts";

const result = buildResult(
  resultInput({
    gates: ["chat.responseTime.p99 < 1us"],
    serverEnds: ["server echo ended"],
    warnings: ["the table is small"],
  }),
);

describe("pageOfRunning", () => {
  test("has the outcome running, whatever its outcome would be", () => {
    const [run] = pageOfRunning(runView(), result).runs;
    expect(run).toEqual({
      label: 'fake"',
      outcome: "running",
      about: "steady · 12.0 s · 28.0 s left · io node",
      reasons: [],
      findings: [],
      warnings: ["the table is small"],
    });
  });

  test("has the gates so far", () => {
    const { gates } = pageOfRunning(runView(), result);
    expect(gates?.note).toBe("so far; gates are judged at the end");
    expect(gates?.rows[0]).toContain("fail");
  });

  test("has a page before anything is measured", () => {
    const { title, runs, workloads, tool } = pageOfRunning(earlyView(), null);
    expect({ title, tool, workloads }).toEqual({
      title: 'fake"',
      tool: "slash8 0.1.0",
      workloads: [],
    });
    expect(runs[0]?.about).toBe("planning");
  });

  test("shows a long run's last minutes over time: it needs no more work than a short one", () => {
    const { chat } = result.workloads;
    if (chat === undefined) throw new Error("no chat");
    const [second] = chat.timeline.filter(({ sent }) => sent > 0);
    const timeline = Array.from({ length: 1000 }, (_, i) => ({ ...second, atMs: 1000 * i }));
    const seconds = { chat: { ...chat, timeline } };
    const long = { ...result, workloads: seconds, servers: {} } as RunResult;
    const { time, workloads } = pageOfRunning(runView(), long);
    expect(time).toMatchObject({ stepSeconds: 1, count: secondsShown });
    expect(time.fromSeconds + time.count).toBe(998);
    expect(workloads).toHaveLength(1);
  });
});

test("pageOfEnded is the report of the result", () => {
  const [run] = pageOfEnded(runView(), result).runs;
  expect(run).toMatchObject({ label: 'fake"', outcome: "fail" });
  expect(run?.reasons).toContain("server echo ended");
});
