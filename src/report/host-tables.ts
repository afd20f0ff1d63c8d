import { count, duration, rate, runCell, runColumn, size } from "./figure-table.ts";
import type { Column, Table } from "./model.ts";
import { namesOver, type ReportResult, type ReportRun } from "./report-run.ts";

type Host = ReportResult["hosts"][string];
/** What the clients on one host contributed to a workload, and all of them together. */
type Part = Pick<
  Host["workloads"][string],
  "rate" | "responseTime" | "deliveryLatency" | "generatorLag"
> & { readonly opened: number; readonly errors: number };

const none = "–";

/** The hosts that the clients were on, and what each contributed; empty where there were none. */
export function hostTables(runs: readonly ReportRun[]): Table[] {
  const rows = runs.flatMap((run) =>
    Object.entries(run.result.hosts).map(([name, host]) => [
      ...runCell(runs, run),
      name,
      ...hostCells(host),
    ]),
  );
  if (rows.length === 0) return [];
  const columns: Column[] = [
    ...runColumn(runs),
    ...["host", "system", "CPU", "memory", "Node", "io"].map((label) => text(label)),
    ...["workers", "CPUs used", "clock error", "drift", "start error"].map((label) =>
      number(label),
    ),
    text("lost"),
  ];
  return [{ title: "Hosts of the clients", note: null, columns, rows }, contributions(runs)];
}

function hostCells({ facts, io, workers, generator, clock, startErrorNs, lost }: Host): string[] {
  const { cpu } = generator;
  const used = cpu === null ? null : (cpu.userSeconds + cpu.systemSeconds) / cpu.overSeconds;
  return [
    `${facts.os} ${facts.kernel} ${facts.arch}`,
    `${facts.cpus} × ${facts.cpuModel}`,
    size(facts.memoryBytes) ?? none,
    facts.node,
    io,
    count(workers.length) ?? none,
    used === null ? none : `${used.toFixed(2)} of ${facts.cpus}`,
    duration(clock.errorNs) ?? none,
    `${clock.driftPpm.toFixed(2)} ppm`,
    duration(startErrorNs) ?? none,
    lost ?? "",
  ];
}

function contributions(runs: readonly ReportRun[]): Table {
  const having = runs.filter(({ result }) => Object.keys(result.hosts).length > 0);
  const rows = namesOver(having, ({ workloads }) => workloads).flatMap((name) =>
    having.flatMap((run) => {
      const workload = run.result.workloads[name];
      if (workload === undefined) return [];
      const row = (host: string, part: Part) => [
        name,
        ...runCell(runs, run),
        host,
        ...partCells(part),
      ];
      const { connections, errors, ...whole } = workload;
      return [
        ...Object.entries(run.result.hosts).flatMap(([host, { workloads }]) => {
          const own = workloads[name];
          return own === undefined ? [] : [row(host, { ...own, opened: own.connections.opened })];
        }),
        row("all", {
          ...whole,
          opened: connections.opened,
          errors: errors.reduce((sum, error) => sum + error.count, 0),
        }),
      ];
    }),
  );
  const figures = ["opened", "sent", "received", "p50", "p99", "p99.9", "max", "generator lag p99"];
  return {
    title: "What each host contributed",
    note: null,
    columns: [
      text("workload"),
      ...runColumn(runs),
      text("host"),
      ...[...figures, "errors"].map((label) => number(label)),
    ],
    rows,
  };
}

function partCells({ rate: rates, errors, opened, ...times }: Part): string[] {
  const { percentiles, max } = times.deliveryLatency ?? times.responseTime;
  return [
    count(opened),
    rate(rates.achievedPerSecond),
    rate(rates.receivedPerSecond),
    duration(percentiles["50"]),
    duration(percentiles["99"]),
    duration(percentiles["99.9"]),
    duration(max),
    duration(times.generatorLag.percentiles["99"]),
    count(errors),
  ].map((cell) => cell ?? none);
}

function text(label: string): Column {
  return { label, kind: "text" };
}

function number(label: string): Column {
  return { label, kind: "number" };
}
