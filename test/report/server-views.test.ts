import { describe, expect, test } from "vitest";
import { reportRuns } from "../../src/report/report-run.ts";
import { serverViews } from "../../src/report/server-views.ts";
import { timeGrid } from "../../src/report/time-bins.ts";
import type { RunResult } from "../../src/results/result.ts";
import { server } from "../results/fixture.ts";
import { sample } from "./samples.ts";

/** The view of a server with these samples: [ms, CPU seconds so far, RSS]. */
function viewOf(samples: readonly (readonly [number, number | null, number])[], more = {}) {
  const timeline = samples.map(([atMs, cpuSeconds, rssBytes]) => {
    return { atMs, cpuSeconds, rssBytes, openFiles: 1 };
  });
  const echo = { ...server, timeline, ...more };
  const result = { ...sample(), servers: { echo } } as unknown as RunResult;
  const runs = reportRuns([{ label: "a", result }]);
  const [view] = serverViews(runs, timeGrid(runs));
  return {
    view,
    values: (id: string) => view?.charts.find((chart) => chart.id === id)?.series[0]?.values,
  };
}

test("a server's figures have the slope of its memory", () => {
  const slope = { rssBytesPerSecond: 2 ** 20 / 3600, openFilesPerSecond: null };
  const { view } = viewOf([[5, 0, 1000]], { slope });
  const rows = view?.tables.flatMap((table) => table.rows) ?? [];
  expect(rows).toContainEqual(["memory's slope in steady state", "1.00 MiB/h"]);
});

describe("a server's charts", () => {
  test("have its CPU by what each second took, and its memory at the second's end", () => {
    const { values } = viewOf([
      [5, 0, 1000],
      [15, 0, 1100],
      [1005, 0.5, 2000],
      [2005, 1.5, 3000],
      [3005, 1.5, 4000],
    ]);
    // Steady state begins at 2 s, and the run has 7.
    expect(values("cpu")?.slice(0, 4)).toEqual([0.5, 1, 0, null]);
    expect(values("memory")?.slice(0, 4)).toEqual([2000, 3000, 4000, null]);
  });

  test("are left out where nothing is known", () => {
    const { view } = viewOf([
      [0, null, 1],
      [1000, null, 2],
    ]);
    expect(view?.charts.map(({ id }) => id)).toEqual(["memory"]);
  });

  test("say what a connection takes", () => {
    const { view } = viewOf([
      [0, 0, 1],
      [1000, 0, 2],
    ]);
    const memory = view?.charts.find(({ id }) => id === "memory");
    expect(memory?.note).toBe("per connection, the kernel's part included: 8.79 KiB");
  });
});

test("its restarts are marked, and in a table", () => {
  const flows = { old: 9, kept: 7, reset: 2, opened: 3, failed: 1, lost: 4, longestGapMs: 12 };
  const restart = {
    ...flows,
    order: "startFirst",
    atMs: 5000,
    readyMs: 250,
    oldInstance: "ended",
    drainMs: null,
    exit: null,
    misrouted: null,
  };
  const { view } = viewOf([], { restarts: [restart] });
  expect(view?.marks).toEqual([{ atSeconds: 3, label: "restart" }]);
  const [cells] = view?.tables.find(({ title }) => title === "Restarts")?.rows ?? [];
  expect(cells).toEqual("3.00 s|start first|ended|250 ms|–|9|7|2|1|4|12.0 ms|–".split("|"));
});
