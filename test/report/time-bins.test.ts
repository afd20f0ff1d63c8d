import { describe, expect, test } from "vitest";
import { type ReportRun, reportRuns } from "../../src/report/report-run.ts";
import { binned, overBins, timeGrid } from "../../src/report/time-bins.ts";
import type { RunResult } from "../../src/results/result.ts";
import { sample } from "./samples.ts";

/** A run whose one workload has that many seconds and reached steady state at `zeroMs`. */
function runs(...lengths: { seconds: number; zeroMs: number; workloads?: number }[]): ReportRun[] {
  const result = sample();
  const [workload] = Object.values(result.workloads);
  return reportRuns(
    lengths.map(({ seconds, zeroMs, workloads = 1 }, index) => {
      const timeline = Array.from({ length: seconds }, (_, second) => ({
        ...workload?.timeline[0],
        atMs: second * 1000,
      }));
      const long = { ...workload, timeline, steady: { fromMs: zeroMs, toMs: seconds * 1000 } };
      const named = Array.from({ length: workloads }, (_, n) => [`w${n}`, long]);
      return {
        label: String(index),
        result: { ...result, workloads: Object.fromEntries(named), servers: {} } as RunResult,
      };
    }),
  );
}

describe("the time grid", () => {
  test.each([
    [10, 1],
    [598, 1],
    [700, 2],
    [3_600, 10],
    [86_400, 300],
  ])("of %i s has bins of %i s", (seconds, stepSeconds) => {
    const grid = timeGrid(runs({ seconds, zeroMs: 2_300 }));
    expect(grid.stepSeconds).toBe(stepSeconds);
    expect(grid.count).toBeLessThanOrEqual(601);
  });

  test("gets coarser with the number of lines that the page has", () => {
    const grid = timeGrid(runs({ seconds: 3_600, zeroMs: 0, workloads: 50 }));
    expect(grid.count).toBeLessThanOrEqual(98);
  });

  test("covers all runs, each from its own zero", () => {
    const grid = timeGrid(runs({ seconds: 10, zeroMs: 2_000 }, { seconds: 30, zeroMs: 7_400 }));
    expect(grid).toEqual({ fromSeconds: -7, stepSeconds: 1, count: 30 });
  });

  test("is empty without any timeline", () => {
    expect(timeGrid(runs({ seconds: 0, zeroMs: 0 })).count).toBe(0);
  });
});

describe("sorting into bins", () => {
  test.each([0, 1, 250, 499, 500, 501, 999])(
    "gives a bin of a second one entry, zero at %i ms past a second",
    (offset) => {
      const [run] = runs({ seconds: 20, zeroMs: 5_000 + offset }) as [ReportRun];
      const grid = timeGrid([run]);
      const bins = binned(run, grid, run.result.workloads.w0?.timeline ?? []);
      expect(bins.map(({ length }) => length)).toEqual(new Array(20).fill(1));
    },
  );

  test("loses none in longer bins", () => {
    const [run] = runs({ seconds: 3_600, zeroMs: 4_321 }) as [ReportRun];
    const bins = binned(run, timeGrid([run]), run.result.workloads.w0?.timeline ?? []);
    expect(bins.flat()).toHaveLength(3_600);
  });
});

test("a bin without entries, or without values, has no value", () => {
  expect(overBins([[1], [], [Number.NaN], [2.345678]], ([value]) => value ?? null)).toEqual([
    1,
    null,
    null,
    2.346,
  ]);
});
