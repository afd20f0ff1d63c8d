/** The live block of a run on a terminal: where it stands, and one line a workload. Pure. */
import { textWidth } from "../../base/text/width.ts";
import { formatCount, formatDuration, formatRate } from "../../base/units.ts";
import { sparkline } from "../../results/text/sparkline.ts";
import { padded } from "../../results/text/text-table.ts";
import type { Progress, WorkloadProgress } from "../../run/progress.ts";
import { type Colors, createColors } from "./colors.ts";
import { fitLine } from "./live-block.ts";

export interface ProgressLayout {
  /** Width of the terminal in characters; lines are shorter. */
  readonly columns: number;
  /** Height of the terminal in lines; the block has fewer. */
  readonly rows: number;
  readonly color: boolean;
  /** Whether bars and sparklines can be shown; otherwise they are plain characters, or left out. */
  readonly unicode: boolean;
}

interface Column {
  readonly title: string;
  readonly align: "left" | "right";
  /** Columns get room in ascending order of this, and those that do not fit are left out; 0 is always shown. */
  readonly dispensable: number;
  readonly text: (workload: WorkloadProgress) => string;
  readonly paint?: (colors: Colors, workload: WorkloadProgress, cell: string) => string;
}

const time = (ns: number | null): string => (ns === null ? "-" : formatDuration(ns));

const columnsOfTable: readonly Column[] = [
  {
    title: "workload",
    align: "left",
    dispensable: 0,
    text: (workload) => workload.name,
    paint: (colors, _workload, cell) => colors.bold(cell),
  },
  {
    title: "pattern",
    align: "left",
    dispensable: 7,
    text: (workload) => `${workload.protocol} ${workload.pattern}`,
    paint: (colors, _workload, cell) => colors.dim(cell),
  },
  {
    title: "state",
    align: "left",
    dispensable: 3,
    text: (workload) => workload.state,
    paint: (colors, _workload, cell) => colors.cyan(cell),
  },
  { title: "open", align: "right", dispensable: 1, text: (workload) => formatCount(workload.open) },
  {
    title: "planned",
    align: "right",
    dispensable: 8,
    text: (workload) => formatCount(workload.connectionsPlanned),
  },
  {
    title: "rate",
    align: "right",
    dispensable: 0,
    text: (workload) => formatRate(workload.ratePerSecond),
  },
  {
    title: "offered",
    align: "right",
    dispensable: 5,
    text: (workload) =>
      workload.offeredPerSecond === null ? "-" : formatRate(workload.offeredPerSecond),
  },
  {
    title: "p50",
    align: "right",
    dispensable: 2,
    text: (workload) => time(workload.p50Ns),
  },
  { title: "p99", align: "right", dispensable: 0, text: (workload) => time(workload.p99Ns) },
  { title: "max", align: "right", dispensable: 6, text: (workload) => time(workload.maxNs) },
  {
    title: "errors",
    align: "right",
    dispensable: 0,
    text: (workload) => formatCount(workload.errors),
    paint: (colors, workload, cell) => (workload.errors > 0 ? colors.red(cell) : cell),
  },
];

const gap = "  ";
const barWidth = 24;

/** Length of the sparkline, one character per second: enough to show anything, and what can be read at a glance. */
const fewestSeconds = 10;
const mostSeconds = 30;
/** It gets room after the state, before the offered rate. */
const sparklineDispensable = 4;

/**
 * Lines of the live block: the run's state with elapsed time, bar and time left, then a table.
 *
 * No line is longer than `columns - 1` (some terminals wrap on the last column) and there are fewer
 * lines than `rows`; where the terminal is too narrow, less important columns are left out first, and where
 * it is too low, the last workloads are only counted.
 */
export function renderProgress(progress: Progress, layout: ProgressLayout): string[] {
  const colors = createColors(layout.color);
  const width = Math.max(1, layout.columns - 1);
  const lines = [headline(progress, colors, width, layout.unicode)];
  const room = Math.max(0, layout.rows - 3);
  const { workloads } = progress;
  const shown = workloads.length <= room ? workloads : workloads.slice(0, Math.max(0, room - 1));
  if (shown.length > 0) lines.push(...table(shown, colors, width, layout.unicode));
  const hidden = workloads.length - shown.length;
  if (hidden > 0) lines.push(colors.dim(`${gap}and ${formatCount(hidden)} more`));
  const ellipsis = layout.unicode ? "…" : "~";
  return lines.slice(0, Math.max(1, layout.rows - 1)).map((line) => fitLine(line, width, ellipsis));
}

function headline(progress: Progress, colors: Colors, width: number, unicode: boolean): string {
  const { elapsedNs, remainingNs } = progress;
  const parts = [colors.bold(colors.cyan(progress.state)), wholeSeconds(elapsedNs)];
  if (remainingNs === null) return parts.join(gap);
  const totalNs = elapsedNs + remainingNs;
  const ratio = totalNs > 0 ? elapsedNs / totalNs : 1;
  const rest = `${String(Math.floor(ratio * 100)).padStart(3)} %  ${wholeSeconds(remainingNs)} left`;
  const text = `${progress.state}${gap}${wholeSeconds(elapsedNs)}${gap}${gap}${rest}`;
  if (textWidth(text) + barWidth <= width) {
    const full = Math.round(ratio * barWidth);
    const [done, open] = unicode ? ["█", "░"] : ["#", "-"];
    parts.push(colors.green(done.repeat(full)) + colors.dim(open.repeat(barWidth - full)));
  }
  parts.push(rest);
  return parts.join(gap);
}

/** A column with its cells, and their width. */
interface Filled {
  readonly column: Column;
  readonly cells: readonly string[];
  readonly cellWidth: number;
}

function table(
  workloads: readonly WorkloadProgress[],
  colors: Colors,
  width: number,
  unicode: boolean,
): string[] {
  const fill = (column: Column): Filled => {
    const cells = workloads.map(column.text);
    const cellWidth = Math.max(...[column.title, ...cells].map((cell) => textWidth(cell)));
    return { column, cells, cellWidth };
  };
  const all = unicode ? [...columnsOfTable, recentColumn(fewestSeconds)] : columnsOfTable;
  let left = width;
  const kept = new Set<Filled>();
  const filled = all.map(fill);
  for (const one of filled.toSorted((a, b) => a.column.dispensable - b.column.dispensable)) {
    const needed = gap.length + one.cellWidth;
    if (one.column.dispensable > 0 && needed > left) continue;
    kept.add(one);
    left -= needed;
  }
  const more = Math.max(0, Math.min(mostSeconds - fewestSeconds, left));
  const columns = filled
    .filter((one) => kept.has(one))
    .map((one) =>
      one.column.dispensable === sparklineDispensable
        ? fill(recentColumn(fewestSeconds + more))
        : one,
    );
  const titles = columns.map(({ column, cellWidth }) =>
    colors.dim(padded(column.title, cellWidth, column.align)),
  );
  const rows = workloads.map((workload, row) =>
    columns.map(({ column, cells, cellWidth }) => {
      const cell = padded(cells[row] as string, cellWidth, column.align);
      return column.paint === undefined ? cell : column.paint(colors, workload, cell);
    }),
  );
  return [titles, ...rows].map((cells) => (gap + cells.join(gap)).trimEnd());
}

/**
 * The last seconds as a sparkline, the newest on the right: of p99, or of the rate for workloads without
 * replies; each row says which. Always of one width, so that nothing moves.
 */
function recentColumn(seconds: number): Column {
  return {
    title: `last ${seconds} s`,
    align: "left",
    dispensable: sparklineDispensable,
    text: ({ recent }) => {
      const last = recent.slice(-seconds);
      const hasTimes = last.some(({ p99Ns }) => p99Ns !== null);
      const values = last.map(({ p99Ns, ratePerSecond }) => (hasTimes ? p99Ns : ratePerSecond));
      const blank = values.every((value) => value === null || value === 0);
      const line = blank ? "" : sparkline(values, seconds);
      const name = blank ? "    " : hasTimes ? "p99 " : "rate";
      return `${name} ${line.padStart(seconds)}`;
    },
    paint: (colors, _workload, cell) => colors.dim(cell.slice(0, 4)) + colors.cyan(cell.slice(4)),
  };
}

/** Formats elapsed and remaining times, which change once a second: "7 s", "1m30s". */
export function wholeSeconds(ns: number): string {
  const seconds = Math.max(0, Math.round(ns / 1e9));
  return seconds < 60 ? `${seconds} s` : formatDuration(seconds * 1e9);
}
