import type { TimeGrid } from "./model.ts";
import { namesOver, type ReportRun, secondsOf } from "./report-run.ts";

/** Lengths of a bin that read well on an axis, s. */
const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600] as const;
/** A chart is at most about 600 distinguishable points wide. */
const mostBins = 600;
/** All charts of a page together; see `timeGrid`. */
const mostBinsOfPage = 4800;
const fewestBins = 60;

/**
 * The x axis that all charts over time share: whole bins, one of them starting at zero, over the time of all
 * runs. Bins are as long as needed to bound the page: the more runs and workloads, the longer.
 */
export function timeGrid(runs: readonly ReportRun[]): TimeGrid {
  const shownOf = ({ result }: ReportRun) => [
    ...Object.values(result.workloads),
    ...Object.values(result.servers),
  ];
  const times = runs.flatMap((run) =>
    shownOf(run).flatMap(({ timeline }) => {
      const [first, last] = [timeline[0], timeline.at(-1)];
      if (first === undefined || last === undefined) return [];
      return [middleOf(run, first), middleOf(run, last)];
    }),
  );
  // A bin shorter than an entry would leave others empty.
  const longest = runs.flatMap(shownOf).reduce((most, { timeline }) => {
    return timeline.reduce((longer, { seconds }) => Math.max(longer, seconds), most);
  }, 1);
  if (times.length === 0) return { fromSeconds: 0, stepSeconds: 1, count: 0 };
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const shown = runs.length * namesOver(runs, (_, { workloads }) => workloads).length;
  const most = Math.max(fewestBins, Math.min(mostBins, Math.floor(mostBinsOfPage / shown)));
  const fits = (seconds: number) => seconds >= longest && (to - from) / seconds <= most - 2;
  const step = steps.find(fits) ?? hours(to - from, most);
  const fromSeconds = Math.floor(from / step) * step;
  return {
    fromSeconds,
    stepSeconds: step,
    count: Math.floor((to - fromSeconds) / step) + 1,
  };
}

function hours(seconds: number, most: number): number {
  return Math.ceil(seconds / (most - 2) / 3600) * 3600;
}

/**
 * Sorts a run's timeline into the bins.
 *
 * @returns by bin, the entries whose middle is in it; a bin of a second gets one, wherever in a second
 *          the run's zero is
 */
export function binned<Entry extends Timed>(
  run: ReportRun,
  grid: TimeGrid,
  timeline: readonly Entry[],
): Entry[][] {
  const bins: Entry[][] = Array.from({ length: grid.count }, () => []);
  for (const entry of timeline) {
    bins[Math.floor((middleOf(run, entry) - grid.fromSeconds) / grid.stepSeconds)]?.push(entry);
  }
  return bins;
}

interface Timed {
  readonly atMs: number;
  readonly seconds: number;
}

/** The middle of the seconds that start with an entry, s since the run's zero. */
function middleOf(run: ReportRun, { atMs, seconds }: Timed): number {
  return secondsOf(run, atMs) + seconds / 2;
}

/** A value for each bin that has entries; null for those without entries or without a number. */
export function overBins<Entry>(
  bins: readonly (readonly Entry[])[],
  value: (entries: readonly Entry[]) => number | null,
): (number | null)[] {
  return bins.map((entries) => {
    const found = entries.length === 0 ? null : value(entries);
    return found === null || !Number.isFinite(found) ? null : rounded(found);
  });
}

/** Four digits are more than a chart shows; rounding does not make whole numbers shorter. */
export function rounded(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(4));
}
