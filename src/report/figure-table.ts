import { formatCount, formatDuration, formatRate, formatSize } from "../base/units.ts";
import type { Table } from "./model.ts";
import type { ReportRun } from "./report-run.ts";

/** A figure's name, and its text for a run's part; null: no value. */
export type Figure<Part> = readonly [
  label: string,
  text: (part: Part, run: ReportRun) => string | null,
];

/**
 * A row for each figure, a column for each run; figures that no run has are left out, and so is a table
 * without any.
 *
 * @param part the part of a run that the figures describe; undefined where it has none
 */
export function figureTable<Part>(
  title: string,
  runs: readonly ReportRun[],
  part: (run: ReportRun) => Part | undefined,
  figures: readonly Figure<Part>[],
  kind: "number" | "text" = "number",
): Table[] {
  const having = runs.flatMap((run) => {
    const found = part(run);
    return found === undefined ? [] : [{ run, found }];
  });
  const rows = figures.flatMap(([label, text]) => {
    const texts = having.map(({ run, found }) => text(found, run));
    return texts.every((value) => value === null) ? [] : [[label, ...texts.map((t) => t ?? "–")]];
  });
  if (rows.length === 0) return [];
  const columns = [
    { label: "", kind: "text" as const },
    ...having.map(({ run }) => ({
      label: runs.length > 1 ? run.label : "",
      kind,
    })),
  ];
  return [{ title, note: null, columns, rows }];
}

/** The column that names a row's run; only where there are several. */
export function runColumn(runs: readonly ReportRun[]): { label: string; kind: "text" }[] {
  return runs.length > 1 ? [{ label: "result", kind: "text" }] : [];
}

/** The cell for that column. */
export function runCell(runs: readonly ReportRun[], run: ReportRun): string[] {
  return runs.length > 1 ? [run.label] : [];
}

/** A value as text; null for null and for undefined, which older results have. */
const orNull =
  (format: (value: number) => string) =>
  (value: number | null | undefined): string | null =>
    value === null || value === undefined || !Number.isFinite(value) ? null : format(value);

export const count = orNull(formatCount);
export const rate = orNull(formatRate);
export const size = orNull(formatSize);
/** ns */
export const duration = orNull(formatDuration);
/** As `count`, but zero is not shown. */
export const some = (value: number | null | undefined): string | null =>
  value === 0 ? null : count(value);
