import { type Percentiles, percentilesOver } from "./histograms.ts";
import type { Series, TimeChart, TimeGrid, Unit } from "./model.ts";
import { type ReportRun, type Second, secondsIn } from "./report-run.ts";
import { binned, overBins } from "./time-bins.ts";

/** A bin of the time grid: its seconds, and their response times together. */
interface Bin extends Percentiles {
  readonly entries: readonly Second[];
}

interface Line {
  readonly label: string;
  /** Null: there is no data. */
  readonly value: (bin: Bin) => number | null;
  /** Which side counts it, where that matters. */
  readonly by?: "client" | "server";
}

interface Chart {
  readonly id: string;
  readonly title: string;
  /** Whether it has only steady state; the others have all phases. */
  readonly steadyAlone: boolean;
  readonly unit: Unit;
  readonly lines: readonly Line[];
}

const perSecond =
  (of: (entry: Second) => number) =>
  ({ entries }: Bin) =>
    entries.reduce((sum, entry) => sum + of(entry), 0) /
    entries.reduce((sum, { seconds }) => sum + seconds, 0);
const worst =
  (of: (entry: Second) => number | null) =>
  ({ entries }: Bin) => {
    const values = entries.map(of).filter((value) => value !== null);
    return values.length === 0 ? null : Math.max(...values);
  };

/** The charts over time of a workload; the order is that of the page. */
const charts: readonly Chart[] = [
  {
    id: "latency",
    title: "Response time over time",
    steadyAlone: true,
    unit: "ns",
    lines: [
      { label: "p50", value: ({ p50 }) => p50 },
      { label: "p99", value: ({ p99 }) => p99 },
      { label: "max", value: ({ max }) => max },
    ],
  },
  {
    id: "rate",
    title: "Rate",
    steadyAlone: false,
    unit: "perSecond",
    lines: [
      { label: "sent", value: perSecond(({ sent }) => sent) },
      { label: "received", value: perSecond(({ received }) => received), by: "client" },
      { label: "offered", value: perSecond(({ offered }) => offered) },
    ],
  },
  {
    id: "open",
    title: "Open connections",
    steadyAlone: false,
    unit: "count",
    lines: [{ label: "open", value: ({ entries }) => entries.at(-1)?.open ?? null }],
  },
  {
    id: "errors",
    title: "Errors",
    steadyAlone: false,
    unit: "perSecond",
    lines: [{ label: "errors", value: perSecond(({ errors }) => errors) }],
  },
  {
    id: "sendLag",
    title: "Send lag",
    steadyAlone: true,
    unit: "ns",
    lines: [
      { label: "p99", value: worst(({ sendLag }) => sendLag.p99) },
      { label: "max", value: worst(({ sendLag }) => sendLag.max) },
    ],
  },
];

/** The charts over time of a workload, with a line for each run; those without any data are left out. */
export function workloadCharts(
  runs: readonly ReportRun[],
  grid: TimeGrid,
  name: string,
): TimeChart[] {
  const binsOf = (steadyAlone: boolean) =>
    runs.map((run) =>
      binned(run, grid, secondsIn(run.workloads[name], steadyAlone)).map((entries) =>
        entries.length === 0 ? [] : [{ entries, ...percentilesOver(entries) }],
      ),
    );
  const [all, steady] = [binsOf(false), binsOf(true)];
  return charts.flatMap(({ id, title, steadyAlone, unit, lines }) => {
    const bins = steadyAlone ? steady : all;
    const series = runs.flatMap((run, index) =>
      lines.map(({ label, value, by }, part): Series => {
        // What only the server counts is not known per second.
        const isUnknown = by !== undefined && by !== run.workloads[name]?.exchanges.countedBy;
        if (isUnknown) return { label, run: run.index, part, values: [] };
        const values = overBins(bins[index] ?? [], ([bin]) =>
          bin === undefined ? null : value(bin),
        );
        return { label, run: run.index, part, values };
      }),
    );
    const known = series.filter(({ values }) => values.some((value) => value !== null));
    if (known.length === 0) return [];
    const entries = bins.flat(2).flatMap((bin) => bin.entries);
    const notes = [steadyAlone ? "steady state alone" : null, noteOf(id, entries, grid)];
    const note = notes.filter((text) => text !== null).join("; ");
    return [{ id, title, unit, series: known, note: note === "" ? null : note }];
  });
}

/** What a point of a chart represents, where that is not obvious. */
function noteOf(id: string, entries: readonly Second[], { stepSeconds }: TimeGrid): string | null {
  if (stepSeconds === 1) return null;
  const without = entries.some(({ responseTime: { p50, hdr } }) => p50 !== null && hdr === null);
  return id === "sendLag" || (id === "latency" && without)
    ? `each point: the worst second of ${stepSeconds}`
    : `each point: ${stepSeconds} seconds`;
}
