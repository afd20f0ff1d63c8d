import { boundsOf, type Decoded, decoded, eachBucket } from "./histograms.ts";
import type { HeatMap, TimeGrid } from "./model.ts";
import type { ReportRun, Second } from "./report-run.ts";
import { binned } from "./time-bins.ts";

const mostColumns = 240;
/** All maps of a page together; see `columnsOfMap`. */
const mostColumnsOfPage = 1200;
const fewestColumns = 30;
const mostRows = 48;
/** Rows for each power of ten, the finest that fits. */
const rowsPerDecade = [20, 15, 12, 10, 8, 6, 5, 4, 3] as const;

/**
 * Counts of replies by time and response time, a map for each run; all with the same rows and colours.
 *
 * @returns a map with the reason why it is missing where a run's seconds have no histograms
 */
export function heatMaps(runs: readonly ReportRun[], grid: TimeGrid, name: string): HeatMap[] {
  const binsPerColumn = Math.max(1, Math.ceil(grid.count / columnsOfMap(runs)));
  const drawn = runs
    .filter(({ workloads }) => Object.hasOwn(workloads, name))
    .map((run) => {
      const timeline = run.workloads[name]?.timeline ?? [];
      return { run, missing: whyMissing(timeline), seconds: secondsOfRun(run, grid, timeline) };
    });
  const edges = rowEdges(drawn.flatMap(({ seconds }) => seconds.flat()));
  const maps = drawn.map(({ run, missing, seconds }) => {
    const columns: number[][] = [];
    for (let at = 0; at < seconds.length && missing === null; at += binsPerColumn) {
      columns.push(column(seconds.slice(at, at + binsPerColumn).flat(), edges));
    }
    return { run: run.index, missing, edges, binsPerColumn, columns };
  });
  const counts = maps.flatMap(({ columns }) => columns.flatMap(([, ...some]) => some));
  const largest = counts.reduce((most, count) => Math.max(most, count), 0);
  return maps.map((map) => ({ ...map, largest }));
}

/** The more maps a page has, the fewer columns each of them. */
function columnsOfMap(runs: readonly ReportRun[]): number {
  const maps = runs.reduce((sum, { workloads }) => sum + Object.keys(workloads).length, 0);
  return Math.max(fewestColumns, Math.min(mostColumns, Math.floor(mostColumnsOfPage / maps)));
}

function whyMissing(timeline: readonly Second[]): string | null {
  if (timeline.every(({ responseTime }) => responseTime.p50 === null)) {
    return "No replies were timed, so there is no heat map.";
  }
  if (timeline.every(({ responseTime }) => responseTime.hdr === null)) {
    return "There is no heat map: this result was written by a version of slash8 that kept no histogram per second. Run the scenario again to get one.";
  }
  return null;
}

function secondsOfRun(run: ReportRun, grid: TimeGrid, timeline: readonly Second[]): Decoded[][] {
  return binned(run, grid, timeline).map((entries) =>
    entries.map(({ responseTime }) => decoded(responseTime.hdr)).filter((found) => found !== null),
  );
}

/** Borders of the rows, evenly spaced by ratio, that hold every sample; empty where there are none. */
function rowEdges(histograms: readonly Decoded[]): number[] {
  let [low, high] = [Number.POSITIVE_INFINITY, 0];
  for (const [lowest, highest] of histograms.map(boundsOf)) {
    low = Math.min(low, lowest);
    high = Math.max(high, highest);
  }
  if (high === 0) return histograms.length === 0 ? [] : [0, 1];
  const from = Math.log10(Math.max(1, low));
  const to = Math.log10(high);
  const fits = (rows: number) => Math.floor(to * rows) + 1 - Math.floor(from * rows) <= mostRows;
  const rows = rowsPerDecade.find(fits) ?? 3;
  const first = Math.floor(from * rows);
  const last = Math.floor(to * rows) + 1;
  return Array.from({ length: last - first + 1 }, (_, row) =>
    Number((10 ** ((first + row) / rows)).toPrecision(4)),
  );
}

/** The first row that has samples, then the counts up to the last that has. */
function column(histograms: readonly Decoded[], edges: readonly number[]): number[] {
  const rows = new Array<number>(Math.max(0, edges.length - 1)).fill(0);
  for (const histogram of histograms) {
    let row = 0;
    eachBucket(histogram, (value, samples) => {
      while (row + 1 < rows.length && value >= (edges[row + 1] as number)) row++;
      rows[row] = (rows[row] as number) + samples;
    });
  }
  const first = rows.findIndex((count) => count > 0);
  if (first < 0) return [];
  const last = rows.findLastIndex((count) => count > 0);
  return [first, ...rows.slice(first, last + 1)];
}
