import {
  count,
  duration,
  type Figure,
  figureTable,
  runCell,
  runColumn,
  size,
} from "./figure-table.ts";
import type { Column, Series, Table, TimeChart, TimeGrid, Unit } from "./model.ts";
import type { ReportRun, ReportTcpConnection, ReportTcp as Tcp } from "./report-run.ts";
import { binned, overBins } from "./time-bins.ts";

type Look = Tcp["timeline"][number];

const ms = (value: number | null) => duration(value === null ? null : value * 1e6);
const perSecond = (bytes: number | null) => (bytes === null ? null : `${size(bytes)}/s`);

const figures: readonly Figure<Tcp>[] = [
  [
    "connections looked at, at most",
    (tcp) => count(tcp.connections) + (tcp.sampled ? ", a sample" : ""),
  ],
  ["looks", (tcp) => `${count(tcp.looks)}, every ${ms(tcp.everyMs)}`],
  ["round-trip time, p50", (tcp) => duration(tcp.rtt.percentiles["50"])],
  ["round-trip time, p99", (tcp) => duration(tcp.rtt.percentiles["99"])],
  ["round-trip time, max", (tcp) => duration(tcp.rtt.max)],
  ["its variation, p99", (tcp) => duration(tcp.rttVariation.percentiles["99"])],
  ["shortest round trip", (tcp) => duration(tcp.minRttNs)],
  ["segments sent, in the whole run", (tcp) => count(tcp.segmentsSent)],
  ["of these again", (tcp) => count(tcp.retransmits)],
  ["busy (data not acknowledged), all connections", (tcp) => ms(tcp.busyMs)],
  ["of that limited by the receive window", (tcp) => ms(tcp.receiveWindowLimitedMs)],
  ["of that limited by the send buffer", (tcp) => ms(tcp.sendBufferLimitedMs)],
  ["congestion window, p50", (tcp) => segments(tcp.congestionWindowSegments.p50)],
  ["delivery rate, p50", (tcp) => perSecond(tcp.deliveryRateBytesPerSecond.p50)],
  ["not acknowledged, p99", (tcp) => segments(tcp.unackedSegments.p99)],
  ["CPU time of the looks", (tcp) => duration(tcp.costNs)],
];

function segments(value: number | null): string | null {
  return value === null ? null : `${count(value)} segments`;
}

const columns: readonly Column[] = [
  { label: "client", kind: "number" },
  { label: "source", kind: "text" },
  { label: "worst", kind: "number" },
  { label: "round trip", kind: "number" },
  { label: "shortest", kind: "number" },
  { label: "sent again", kind: "number" },
  { label: "window", kind: "number" },
  { label: "delivery rate", kind: "number" },
  { label: "busy", kind: "number" },
  { label: "by receive window", kind: "number" },
  { label: "by send buffer", kind: "number" },
];

function cells(tcp: ReportTcpConnection): (string | null)[] {
  return [
    duration(tcp.rttNs),
    duration(tcp.minRttNs),
    count(tcp.retransmits),
    segments(tcp.congestionWindowSegments),
    perSecond(tcp.deliveryRateBytesPerSecond),
    ms(tcp.busyMs),
    ms(tcp.receiveWindowLimitedMs),
    ms(tcp.sendBufferLimitedMs),
  ];
}

/** What the clients' kernel knows of a workload's connections. */
export function tcpTables(runs: readonly ReportRun[], name: string): Table[] {
  const rows = runs.flatMap((run) =>
    (run.workloads[name]?.clients.slowest ?? []).flatMap(({ client, source, tcp, ...more }) => {
      if (tcp === null || tcp === undefined) return [];
      const own = [count(client), source, duration(more.worstResponseTime)];
      const all = [...own, ...cells(tcp)];
      return [[...runCell(runs, run), ...all.map((cell) => cell ?? "–")]];
    }),
  );
  const slowest: Table = {
    title: "Slowest clients, as their kernel saw them last",
    note: null,
    columns: [...runColumn(runs), ...columns],
    rows,
  };
  return [
    ...figureTable("TCP, by the clients' kernel", runs, (run) => tcpOf(run, name), figures),
    ...(rows.length === 0 ? [] : [slowest]),
  ];
}

interface Chart {
  readonly id: string;
  readonly title: string;
  readonly unit: Unit;
  /** Left out where all values are 0. */
  readonly onlyIfSome: boolean;
  readonly lines: readonly {
    readonly label: string;
    readonly value: (looks: readonly Look[]) => number | null;
  }[];
}

const highest = (of: (look: Look) => number | null) => (looks: readonly Look[]) => {
  const known = looks.map(of).filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
};

const charts: readonly Chart[] = [
  {
    id: "tcpRtt",
    title: "TCP round-trip time over time",
    unit: "ns",
    onlyIfSome: false,
    lines: [
      { label: "p50", value: highest(({ rtt }) => rtt.p50) },
      { label: "p99", value: highest(({ rtt }) => rtt.p99) },
      { label: "max", value: highest(({ rtt }) => rtt.max) },
    ],
  },
  {
    id: "tcpRetransmits",
    title: "TCP segments sent again",
    unit: "count",
    onlyIfSome: true,
    lines: [
      {
        label: "sent again",
        value: (looks) => looks.reduce((sum, { retransmits }) => sum + retransmits, 0),
      },
    ],
  },
  {
    id: "tcpReceiveWindow",
    title: "Connections limited by the receive window",
    unit: "count",
    onlyIfSome: true,
    lines: [{ label: "connections", value: highest((look) => look.receiveWindowLimited) }],
  },
];

/** The charts over time of what the kernel knows. */
export function tcpCharts(runs: readonly ReportRun[], grid: TimeGrid, name: string): TimeChart[] {
  const bins = runs.map((run) => binned(run, grid, momentsOf(tcpOf(run, name)?.timeline ?? [])));
  return charts.flatMap(({ id, title, unit, onlyIfSome, lines }) => {
    const series = runs.flatMap((run, index) =>
      lines.map(({ label, value }, part): Series => {
        return { label, run: run.index, part, values: overBins(bins[index] ?? [], value) };
      }),
    );
    const known = series.filter(({ values }) => values.some((value) => value !== null));
    const isEmpty = known.every(({ values }) => values.every((value) => (value ?? 0) === 0));
    if (known.length === 0 || (onlyIfSome && isEmpty)) return [];
    const note = "each point: a look at the connections, or the highest of several";
    return [{ id, title, unit, series: known, note }];
  });
}

function tcpOf(run: ReportRun, name: string): Tcp | undefined {
  return run.workloads[name]?.tcp ?? undefined;
}

/** Bins are made for entries of some seconds; a look is a moment. */
function momentsOf(timeline: readonly Look[]): (Look & { readonly seconds: number })[] {
  return timeline.map((look) => ({ ...look, seconds: 0 }));
}
