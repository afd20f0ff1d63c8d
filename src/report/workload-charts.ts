import type { TimelineEntry } from "../results/result.ts";
import { decoded } from "./decode.ts";
import type { Series, TimeChart, TimeGrid, Unit } from "./model.ts";
import { type Percentiles, percentilesOver } from "./percentiles-over.ts";
import type { ReportRun } from "./report-run.ts";
import { binned, overBins } from "./time-bins.ts";

type Entries = readonly TimelineEntry[];

interface Line {
  readonly label: string;
  readonly value: (entries: Entries) => number | null;
}

interface Chart {
  readonly id: string;
  readonly title: string;
  readonly unit: Unit;
  readonly lines: readonly Line[];
}

const perSecond = (of: (entry: TimelineEntry) => number) => (entries: Entries) =>
  entries.reduce((sum, entry) => sum + of(entry), 0) / entries.length;
const largest = (of: (entry: TimelineEntry) => number | null) => (entries: Entries) => {
  const values = entries.map(of).filter((value) => value !== null);
  return values.length === 0 ? null : Math.max(...values);
};
const percentile = (which: keyof Percentiles) => (entries: Entries) =>
  percentilesOver(entries)[which];

/** The charts over time of a workload; the order is that of the page. */
const charts: readonly Chart[] = [
  {
    id: "latency",
    title: "Response time",
    unit: "ns",
    lines: [
      { label: "p50", value: percentile("p50") },
      { label: "p99", value: percentile("p99") },
      { label: "max", value: percentile("max") },
    ],
  },
  {
    id: "rate",
    title: "Rate",
    unit: "perSecond",
    lines: [
      { label: "sent", value: perSecond(({ sent }) => sent) },
      { label: "received", value: perSecond(({ received }) => received) },
      { label: "offered", value: perSecond(({ offered }) => offered) },
    ],
  },
  {
    id: "open",
    title: "Open connections",
    unit: "count",
    lines: [{ label: "open", value: (entries) => entries.at(-1)?.open ?? null }],
  },
  {
    id: "errors",
    title: "Errors",
    unit: "perSecond",
    lines: [{ label: "errors", value: perSecond(({ errors }) => errors) }],
  },
  {
    id: "sendLag",
    title: "Send lag",
    unit: "ns",
    lines: [
      { label: "p99", value: largest(({ sendLag }) => sendLag.p99) },
      { label: "max", value: largest(({ sendLag }) => sendLag.max) },
    ],
  },
];

/** The charts over time of a workload, with a line for each run; those without any data are left out. */
export function workloadCharts(
  runs: readonly ReportRun[],
  grid: TimeGrid,
  name: string,
): TimeChart[] {
  const bins = runs.map((run) => binned(run, grid, run.result.workloads[name]?.timeline ?? []));
  return charts.flatMap(({ id, title, unit, lines }) => {
    const series = runs.flatMap((run, index) =>
      lines.map(({ label, value }, part): Series => {
        return { label, run: run.index, part, values: overBins(bins[index] ?? [], value) };
      }),
    );
    const told = series.filter(({ values }) => values.some((value) => value !== null));
    return told.length === 0
      ? []
      : [{ id, title, unit, series: told, note: noteOf(id, bins, grid) }];
  });
}

/** What a point of a chart stands for, where that is not plain. */
function noteOf(id: string, bins: readonly Entries[][], { stepSeconds }: TimeGrid): string | null {
  if (stepSeconds === 1) return null;
  const entries = bins.flat(2);
  const withoutHistograms = entries.some(
    ({ responseTime }) => responseTime.p50 !== null && decoded(responseTime.hdr) === null,
  );
  if (id === "sendLag" || (id === "latency" && withoutHistograms)) {
    return `each point: the worst second of ${stepSeconds}`;
  }
  return `each point: ${stepSeconds} seconds`;
}
