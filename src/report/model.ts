/**
 * What a report's page shows, as plain data: built in Node (build-model.ts), bounded in size, embedded in
 * the page as JSON and drawn by the script in page/. All texts are ready to display.
 *
 * Times are seconds since the run's zero: when the first of its workloads reached steady state.
 */
export interface PageModel {
  readonly title: string;
  /** The program that made it, "slash8 0.1.0". */
  readonly tool: string;
  /** In the order given; series and tables name them by index. */
  readonly runs: readonly RunView[];
  readonly gates: Table | null;
  /** A row per workload and run. */
  readonly summary: Table;
  /** The x axis of every chart over time: all their series have `count` values. */
  readonly time: TimeGrid;
  readonly workloads: readonly WorkloadView[];
  /** Of the clients; empty where they were on the coordinator's machine. */
  readonly hosts: readonly Table[];
  readonly servers: readonly ServerView[];
  readonly addresses: AddressMap;
  /** Plan, host and scenario of the runs. */
  readonly details: readonly DetailsView[];
}

export interface RunView {
  /** What distinguishes it from the others: its file's name. */
  readonly label: string;
  /** "running" while a live page is updated. */
  readonly outcome: "pass" | "fail" | "invalid" | "interrupted" | "running";
  /** "2026-11-21 10:00:00 UTC, 40.0 s, io uring, 2 workers" */
  readonly about: string;
  readonly reasons: readonly string[];
  /** Validity of its figures. */
  readonly findings: readonly FindingView[];
  readonly warnings: readonly string[];
}

export interface FindingView {
  readonly severity: "severe" | "warning" | "info";
  readonly text: string;
  readonly todo: string;
}

export interface TimeGrid {
  /** Start of the first bin, and the length of each. */
  readonly fromSeconds: number;
  readonly stepSeconds: number;
  readonly count: number;
}

export type Unit = "ns" | "perSecond" | "count" | "bytes" | "cpus";

/** One line of a chart. */
export interface Series {
  readonly label: string;
  readonly run: number;
  /** Index among the chart's lines; the same for every run. */
  readonly part: number;
  readonly values: readonly (number | null)[];
}

export interface TimeChart {
  /** Unique in its workload or server. */
  readonly id: string;
  readonly title: string;
  readonly unit: Unit;
  readonly series: readonly Series[];
  readonly note: string | null;
}

/** Latency by percentile. */
export interface PercentileChart {
  /** x: 1 / (1 - percentile), ascending, common to all series. */
  readonly x: readonly number[];
  /** ns */
  readonly series: readonly Series[];
}

/** Counts of replies by time and response time. */
export interface HeatMap {
  readonly run: number;
  /** Why there is none, for people; null where there is. */
  readonly missing: string | null;
  /** Borders of the rows, ns, ascending: one more than rows. */
  readonly edges: readonly number[];
  /** Bins of the time grid per column. */
  readonly binsPerColumn: number;
  /** By column: the first row that is not empty, then the counts from there on; empty: none. */
  readonly columns: readonly (readonly number[])[];
  /** The largest count, over the maps of all runs. */
  readonly largest: number;
}

export interface WorkloadView {
  readonly name: string;
  /** "request over tcp" */
  readonly about: string;
  readonly notes: readonly string[];
  /** Steady state by run; null where it was not reached. */
  readonly steady: readonly (Span | null)[];
  readonly marks: readonly Mark[];
  readonly percentiles: PercentileChart | null;
  readonly heatMaps: readonly HeatMap[];
  readonly charts: readonly TimeChart[];
  readonly tables: readonly Table[];
}

export interface Span {
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/** An event, drawn as a vertical line. */
export interface Mark {
  readonly atSeconds: number;
  readonly label: string;
}

export interface ServerView {
  readonly name: string;
  readonly about: string;
  readonly marks: readonly Mark[];
  readonly charts: readonly TimeChart[];
  readonly tables: readonly Table[];
}

export interface Table {
  readonly title: string;
  readonly note: string | null;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

export interface Column {
  readonly label: string;
  /** Numbers are aligned to the right, code can be copied, verdicts are coloured; a file is one beside the page. */
  readonly kind: "text" | "number" | "code" | "verdict" | "file";
}

/** Which addresses were used, and by which workloads and targets. */
export interface AddressMap {
  readonly owners: readonly AddressOwner[];
  /** 127.0.0.0/8, a cell per /16. */
  readonly overview: AddressGrid;
  /** The parts that were used, closer. */
  readonly closeUps: readonly AddressGrid[];
  /** Number of parts that are left out for lack of room. */
  readonly closeUpsLeftOut: number;
  /** The same as text, and what is not on the map. */
  readonly table: Table;
}

export interface AddressOwner {
  readonly name: string;
  readonly kind: "clients" | "target";
}

/** 256 cells, 16 to a row. */
export interface AddressGrid {
  /** "127.64.0.0/16" */
  readonly block: string;
  /** Prefix length of a cell: 16, 24 or 32. */
  readonly cellPrefix: 16 | 24 | 32;
  /** Those that were used, ascending. */
  readonly cells: readonly AddressCell[];
}

export interface AddressCell {
  /** 0 to 255 */
  readonly index: number;
  /** "127.64.3.0/24" */
  readonly block: string;
  readonly uses: readonly { readonly owner: number; readonly addresses: number }[];
}

export interface DetailsView {
  /** The runs that it applies to. */
  readonly runs: readonly number[];
  readonly tables: readonly Table[];
  /** YAML; null where it is shown with another run already. */
  readonly scenario: string | null;
}
