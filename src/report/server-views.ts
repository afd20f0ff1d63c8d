import { memorySlopeText } from "../results/format-value.ts";
import {
  count,
  duration,
  type Figure,
  figureTable,
  runCell,
  runColumn,
  size,
} from "./figure-table.ts";
import type { Mark, Series, ServerView, Table, TimeChart, TimeGrid } from "./model.ts";
import { namesOver, type ReportRun, type ReportServer, secondsOf } from "./report-run.ts";
import { binned, overBins, rounded } from "./time-bins.ts";

type Sample = ReportServer["timeline"][number];

const figures: readonly Figure<ReportServer>[] = [
  ["CPU time", ({ cpuSeconds }) => (cpuSeconds === null ? null : duration(cpuSeconds * 1e9))],
  [
    "of one CPU",
    ({ cpuSeconds }, { result }) =>
      cpuSeconds === null ? null : `${Math.round((100e3 * cpuSeconds) / result.run.durationMs)} %`,
  ],
  ["memory at most (RSS)", ({ rssBytesPeak }) => size(rssBytesPeak)],
  ["memory's slope in steady state", ({ slope }) => memorySlopeText(slope)],
  ["memory per connection", ({ memoryBytesPerConnection }) => size(memoryBytesPerConnection)],
  ["open files at most", ({ openFilesPeak }) => count(openFilesPeak)],
  ["accepted", ({ counts }) => count(counts?.accepted)],
  ["received", ({ counts }) => count(counts?.received)],
  ["replied", ({ counts }) => count(counts?.replied)],
  ["bytes received", ({ counts }) => size(counts?.bytesReceived)],
  ["bytes sent", ({ counts }) => size(counts?.bytesSent)],
  ["exit", ({ exit }) => (exit === null ? null : (exit.signal ?? String(exit.code ?? "–")))],
];

/** What each server used, over time and in total, and its restarts. */
export function serverViews(runs: readonly ReportRun[], grid: TimeGrid): ServerView[] {
  return namesOver(runs, ({ servers }) => servers).map((name) => ({
    name,
    about: aboutServer(runs, name),
    marks: restartMarks(runs, name),
    charts: serverCharts(runs, grid, name),
    tables: [
      ...figureTable("Figures", runs, ({ result }) => result.servers[name], figures),
      ...restartTable(runs, name),
    ],
  }));
}

function aboutServer(runs: readonly ReportRun[], name: string): string {
  const described = runs.flatMap(({ result }) => {
    const server = result.scenario.resolved.servers.find((candidate) => candidate.name === name);
    const kind = result.servers[name]?.kind;
    if (kind === undefined) return [];
    return [server?.builtin ?? server?.command?.argv.join(" ") ?? kind];
  });
  return [...new Set(described)].join(", ");
}

/** Marks at a server's restarts. */
export function restartMarks(runs: readonly ReportRun[], server: string): Mark[] {
  return runs.flatMap((run) =>
    (run.result.servers[server]?.restarts ?? []).map(({ atMs }) => ({
      atSeconds: rounded(secondsOf(run, atMs)),
      label: runs.length > 1 ? `restart (${run.label})` : "restart",
    })),
  );
}

function serverCharts(runs: readonly ReportRun[], grid: TimeGrid, name: string): TimeChart[] {
  const bins = runs.map((run) =>
    binned(run, grid, stretches(run.result.servers[name]?.timeline ?? [])),
  );
  const over = (label: string, value: (bin: readonly Stretch[]) => number | null): Series[] =>
    runs
      .map((run, index) => {
        return { label, run: run.index, part: 0, values: overBins(bins[index] ?? [], value) };
      })
      .filter((series) => series.values.some((known) => known !== null));
  const charts: TimeChart[] = [
    {
      id: "cpu",
      title: "CPU",
      unit: "cpus",
      note: null,
      series: over("CPUs busy", cpus),
    },
    {
      id: "memory",
      title: "Memory (RSS)",
      unit: "bytes",
      note: memoryNote(runs, name),
      series: over("RSS", (bin) => bin.at(-1)?.rssBytes ?? null),
    },
  ];
  return charts.filter(({ series }) => series.length > 0);
}

/** Memory per connection, user and kernel; RSS over time does not show it. */
function memoryNote(runs: readonly ReportRun[], name: string): string | null {
  const notes = runs.flatMap(({ label, result }) => {
    const each = size(result.servers[name]?.memoryBytesPerConnection);
    if (each === null) return [];
    return [runs.length > 1 ? `${each} (${label})` : each];
  });
  return notes.length === 0
    ? null
    : `per connection, the kernel's part included: ${notes.join(", ")}`;
}

/** Between two samples of a server, dated by the first. */
interface Stretch {
  readonly atMs: number;
  readonly lengthMs: number;
  /** The same in whole seconds, 1 at least. */
  readonly seconds: number;
  readonly cpuSeconds: number | null;
  /** At the stretch's end. */
  readonly rssBytes: number | null;
}

/** CPU time is cumulative: a stretch's use is the difference between its ends. */
function stretches(timeline: readonly Sample[]): Stretch[] {
  return timeline.slice(1).map((to, index) => {
    const from = timeline[index] as Sample;
    const known = from.cpuSeconds !== null && to.cpuSeconds !== null;
    return {
      atMs: from.atMs,
      lengthMs: to.atMs - from.atMs,
      seconds: Math.max(1, Math.round((to.atMs - from.atMs) / 1000)),
      cpuSeconds: known ? (to.cpuSeconds as number) - (from.cpuSeconds as number) : null,
      rssBytes: to.rssBytes,
    };
  });
}

function cpus(bin: readonly Stretch[]): number | null {
  const known = bin.filter(({ cpuSeconds }) => cpuSeconds !== null);
  const lengthMs = known.reduce((sum, stretch) => sum + stretch.lengthMs, 0);
  if (lengthMs <= 0) return null;
  return (1000 * known.reduce((sum, { cpuSeconds }) => sum + (cpuSeconds ?? 0), 0)) / lengthMs;
}

function restartTable(runs: readonly ReportRun[], name: string): Table[] {
  const rows = runs.flatMap((run) =>
    (run.result.servers[name]?.restarts ?? []).map((restart) => [
      ...runCell(runs, run),
      ...restartCells(restart, secondsOf(run, restart.atMs)),
    ]),
  );
  if (rows.length === 0) return [];
  const numbers = ["ready after", "drained for", "old flows", "kept", "reset", "failed", "lost"];
  return [
    {
      title: "Restarts",
      note: null,
      columns: [
        ...runColumn(runs),
        { label: "at", kind: "number" },
        { label: "order", kind: "text" },
        { label: "old instance", kind: "text" },
        ...[...numbers, "longest gap", "misrouted"].map((label) => {
          return { label, kind: "number" as const };
        }),
      ],
      rows,
    },
  ];
}

function restartCells(restart: ReportServer["restarts"][number], atSeconds: number): string[] {
  const time = (ms: number | null) => (ms === null ? null : duration(ms * 1e6));
  return [
    duration(atSeconds * 1e9),
    restart.order === "startFirst" ? "start first" : "stop first",
    restart.oldInstance,
    time(restart.readyMs),
    time(restart.drainMs),
    count(restart.old),
    count(restart.kept),
    count(restart.reset),
    count(restart.failed),
    count(restart.lost),
    time(restart.longestGapMs),
    count(restart.misrouted),
  ].map((cell) => cell ?? "–");
}
