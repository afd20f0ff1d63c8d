import { describe, expect, test } from "vitest";
import { heatMaps } from "../../src/report/heat-map.ts";
import type { HeatMap } from "../../src/report/model.ts";
import { reportRuns } from "../../src/report/report-run.ts";
import { timeGrid } from "../../src/report/time-bins.ts";
import type { RunResult } from "../../src/results/result.ts";
import { hour } from "./hour.ts";
import { sample } from "./samples.ts";

function maps(name: string, ...results: RunResult[]): HeatMap[] {
  const runs = reportRuns(results.map((result, index) => ({ label: String(index), result })));
  return heatMaps(runs, timeGrid(runs), name);
}

/** [column, lowest border of its row, count] of every cell. */
function cells({ columns, edges }: HeatMap): [number, number, number][] {
  return columns.flatMap(([first = 0, ...counts], column) =>
    counts.flatMap((count, row): [number, number, number][] =>
      count === 0 ? [] : [[column, edges[first + row] as number, count]],
    ),
  );
}

describe("a heat map", () => {
  test("has every reply in the column of its second and the row of its latency", () => {
    const [map] = maps(
      "chat",
      sample((second) => 10 ** second * 1e3),
    ) as [HeatMap];
    // Warm-up in second 1, steady state in seconds 2 to 5; 800 replies each: 10 us to 100 ms.
    const found = cells(map);
    expect(found.map(([column, , count]) => [column, count])).toEqual(
      [1, 2, 3, 4, 5].map((second) => [second, 800]),
    );
    for (const [column, low] of found) {
      const row = map.edges.indexOf(low);
      expect(low).toBeLessThanOrEqual(10 ** column * 1.001e3);
      expect(map.edges[row + 1]).toBeGreaterThan(10 ** column * 0.999e3);
    }
    expect(map.largest).toBe(800);
  });

  test("of one latency has a row", () => {
    const [map] = maps("chat", sample()) as [HeatMap];
    expect(map.edges.length).toBeGreaterThanOrEqual(2);
    expect(cells(map)).toHaveLength(5);
  });

  test("of several runs has the same rows and colours in each", () => {
    const [fast, slow] = maps(
      "chat",
      sample(),
      sample(() => 1e9),
    ) as [HeatMap, HeatMap];
    expect(fast.edges).toEqual(slow.edges);
    expect(fast.largest).toBe(slow.largest);
  });

  test("is bounded for an hour, and loses no reply", () => {
    const result = hour();
    const [map] = maps("one", result) as [HeatMap];
    expect(map.columns.length).toBeLessThanOrEqual(240);
    expect(map.edges.length).toBeLessThanOrEqual(49);
    expect(JSON.stringify(map).length).toBeLessThan(80_000);
    const counted = cells(map).reduce((sum, [, , count]) => sum + count, 0);
    expect(counted).toBeGreaterThan(3_600 * 100);
  });
});

describe("says why it is not there", () => {
  test("where seconds have no histograms", () => {
    const result = sample();
    const { chat } = result.workloads;
    const timeline = chat?.timeline.map((entry) => {
      const { hdr: _, ...responseTime } = entry.responseTime;
      return { ...entry, responseTime };
    });
    const old = { ...result, workloads: { chat: { ...chat, timeline } } } as unknown as RunResult;
    expect(maps("chat", old)[0]?.missing).toMatch(/kept no histogram per second/);
  });

  test("where nothing was replied to", () => {
    const result = sample();
    const { chat } = result.workloads;
    const timeline = chat?.timeline.slice(0, 1);
    const silent = { ...result, workloads: { chat: { ...chat, timeline } } } as RunResult;
    expect(maps("chat", silent)[0]).toMatchObject({
      missing: "No replies were timed, so there is no heat map.",
      columns: [],
    });
  });
});
