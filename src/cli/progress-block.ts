/** The live block of a run on a terminal: where it stands, and one line a workload. Pure. */
import { formatCount, formatDuration, formatRate } from "../base/units.ts";
import type { Progress, WorkloadProgress } from "../coordinator/progress.ts";
import { type Colors, createColors } from "./colors.ts";
import { fitLine } from "./live-block.ts";

export interface ProgressLayout {
  /** Width of the terminal in characters; lines stay below it. */
  readonly columns: number;
  /** Height of the terminal in lines; the block stays below it. */
  readonly rows: number;
  readonly color: boolean;
}

interface Column {
  readonly title: string;
  readonly align: "left" | "right";
  /** Where the terminal is too narrow, columns go in descending order of this; 0 stays. */
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
    dispensable: 5,
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
    dispensable: 6,
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
    dispensable: 4,
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

/**
 * Lines of the live block: the run's state with elapsed time, bar and time left, then a table.
 *
 * No line is longer than `columns - 1` (some terminals wrap on the last column) and there are fewer
 * lines than `rows`; where the terminal is too narrow, less important columns go first, and where
 * it is too low, the last workloads are only counted.
 */
export function renderProgress(progress: Progress, layout: ProgressLayout): string[] {
  const colors = createColors(layout.color);
  const width = Math.max(1, layout.columns - 1);
  const lines = [headline(progress, colors, width)];
  const room = Math.max(0, layout.rows - 3);
  const { workloads } = progress;
  const shown = workloads.length <= room ? workloads : workloads.slice(0, Math.max(0, room - 1));
  if (shown.length > 0) lines.push(...table(shown, colors, width));
  const hidden = workloads.length - shown.length;
  if (hidden > 0) lines.push(colors.dim(`${gap}and ${formatCount(hidden)} more`));
  return lines.slice(0, Math.max(1, layout.rows - 1)).map((line) => fitLine(line, width));
}

function headline(progress: Progress, colors: Colors, width: number): string {
  const { elapsedNs, remainingNs } = progress;
  const parts = [colors.bold(colors.cyan(progress.state)), wholeSeconds(elapsedNs)];
  if (remainingNs === null) return parts.join(gap);
  const totalNs = elapsedNs + remainingNs;
  const share = totalNs > 0 ? elapsedNs / totalNs : 1;
  const rest = `${String(Math.floor(share * 100)).padStart(3)} %  ${wholeSeconds(remainingNs)} left`;
  const text = `${progress.state}${gap}${wholeSeconds(elapsedNs)}${gap}${gap}${rest}`;
  if (text.length + barWidth <= width) {
    const full = Math.round(share * barWidth);
    parts.push(colors.green("█".repeat(full)) + colors.dim("░".repeat(barWidth - full)));
  }
  parts.push(rest);
  return parts.join(gap);
}

function table(workloads: readonly WorkloadProgress[], colors: Colors, width: number): string[] {
  let columns = columnsOfTable.map((column) => {
    const cells = workloads.map(column.text);
    const cellWidth = Math.max(column.title.length, ...cells.map((cell) => cell.length));
    return { column, cells, cellWidth };
  });
  const total = (): number =>
    columns.reduce((sum, { cellWidth }) => sum + gap.length + cellWidth, 0);
  for (let least = 6; least > 0 && total() > width; least--) {
    columns = columns.filter(({ column }) => column.dispensable !== least);
  }
  const pad = (text: string, align: "left" | "right", cellWidth: number): string =>
    align === "left" ? text.padEnd(cellWidth) : text.padStart(cellWidth);
  const titles = columns.map(({ column, cellWidth }) =>
    colors.dim(pad(column.title, column.align, cellWidth)),
  );
  const rows = workloads.map((workload, row) =>
    columns.map(({ column, cells, cellWidth }) => {
      const cell = pad(cells[row] as string, column.align, cellWidth);
      return column.paint === undefined ? cell : column.paint(colors, workload, cell);
    }),
  );
  return [titles, ...rows].map((cells) => gap + cells.join(gap));
}

/** Elapsed and remaining times move once a second: "7 s", "1m30s". */
export function wholeSeconds(ns: number): string {
  const seconds = Math.max(0, Math.round(ns / 1e9));
  return seconds < 60 ? `${seconds} s` : formatDuration(seconds * 1e9);
}
