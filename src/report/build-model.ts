import { formatAmount, formatDuration } from "../base/units.ts";
import { formatValue, isUnjudged } from "../results/format-value.ts";
import { clientIo, onHowManyHosts } from "../results/host-rows.ts";
import { addressMap } from "./address-map.ts";
import { detailsOf } from "./details.ts";
import { count, duration, rate, runCell, runColumn } from "./figure-table.ts";
import { heatMaps } from "./heat-map.ts";
import { hostTables } from "./host-tables.ts";
import type { Column, PageModel, RunView, Span, Table, TimeGrid, WorkloadView } from "./model.ts";
import { percentileChart } from "./percentile-curve.ts";
import {
  namesOver,
  type ReportInput,
  type ReportResult,
  type ReportRun,
  reportRuns,
  secondsOf,
} from "./report-run.ts";
import { restartMarks, serverViews } from "./server-views.ts";
import { tcpCharts, tcpTables } from "./tcp-views.ts";
import { timeGrid } from "./time-bins.ts";
import { workloadCharts } from "./workload-charts.ts";
import { workloadTables } from "./workload-tables.ts";

/**
 * Builds everything that a report's page shows of one result, or of several overlaid: workloads and servers
 * of the same name share their charts.
 *
 * @param inputs 1 to `mostRuns`, with labels that differ
 * @returns      a model of bounded size: a longer run has longer bins, not more of them
 */
export function buildPageModel(inputs: readonly ReportInput[]): PageModel {
  const runs = reportRuns(inputs);
  const time = timeGrid(runs);
  const [first] = runs;
  const names = [...new Set(runs.map(({ result }) => result.scenario.name))];
  const tool = first === undefined ? "slash8" : toolText(first.result);
  return {
    title: names.join(", "),
    tool,
    runs: runs.map(runView),
    gates: gatesTable(runs),
    summary: summaryTable(runs),
    time,
    workloads: namesOver(runs, (_, { workloads }) => workloads).map((name) =>
      workloadView(runs, time, name),
    ),
    hosts: hostTables(runs),
    servers: serverViews(runs, time),
    addresses: addressMap(runs),
    details: detailsOf(runs),
  };
}

function toolText({ tool }: ReportResult): string {
  return `${tool.name} ${tool.version}`;
}

function runView({ label, result }: ReportRun): RunView {
  const { run, warnings } = result;
  const startedAt = run.startedAt.replace("T", " ").replace(/(\.\d+)?Z$/, " UTC");
  const workers = formatAmount(run.workers, "worker") + onHowManyHosts(result);
  return {
    label,
    outcome: run.outcome,
    about: [
      startedAt,
      formatDuration(run.durationMs * 1e6),
      `io ${clientIo(result)}`,
      workers,
    ].join(" · "),
    reasons: run.reasons,
    findings: run.findings.map(({ severity, about, text, todo }, index) => ({
      severity,
      text: `${about}: ${text}`,
      // A todo that several findings share is shown once, after the last of them.
      todo: run.findings[index + 1]?.todo === todo ? "" : todo,
    })),
    warnings,
  };
}

function gatesTable(runs: readonly ReportRun[]): Table | null {
  const rows = runs.flatMap((run) =>
    run.result.gates.map((gate) => [
      ...runCell(runs, run),
      isUnjudged(gate) ? "not judged" : gate.verdict === "noData" ? "no data" : gate.verdict,
      gate.expression,
      formatValue(gate.actual, gate.unit),
      formatValue(gate.limit, gate.unit),
    ]),
  );
  if (rows.length === 0) return null;
  const columns: Column[] = [
    ...runColumn(runs),
    { label: "verdict", kind: "verdict" },
    { label: "gate", kind: "text" },
    { label: "actual", kind: "number" },
    { label: "limit", kind: "number" },
  ];
  return { title: "Gates", note: null, columns, rows };
}

const summaryFigures = [
  "connections",
  "offered",
  "sent",
  "received",
  "p50",
  "p99",
  "p99.9",
  "max",
  "errors",
] as const;

function summaryTable(runs: readonly ReportRun[]): Table {
  const rows = namesOver(runs, (_, { workloads }) => workloads).flatMap((name) =>
    runs.flatMap((run) => {
      const workload = run.workloads[name];
      if (workload === undefined) return [];
      const { responseTime, deliveryLatency, rate: rates } = workload;
      const { percentiles, max } =
        responseTime.count > 0 ? responseTime : (deliveryLatency ?? responseTime);
      const cells = [
        count(workload.connections.peak),
        rate(rates.offeredPerSecond),
        rate(rates.achievedPerSecond),
        rate(rates.receivedPerSecond),
        duration(percentiles["50"]),
        duration(percentiles["99"]),
        duration(percentiles["99.9"]),
        duration(max),
        count(workload.errors.reduce((sum, error) => sum + error.count, 0)),
      ];
      return [[name, ...runCell(runs, run), ...cells.map((cell) => cell ?? "–")]];
    }),
  );
  const columns: Column[] = [
    { label: "workload", kind: "text" },
    ...runColumn(runs),
    ...summaryFigures.map((label) => ({ label, kind: "number" as const })),
  ];
  return { title: "Workloads", note: null, columns, rows };
}

function workloadView(runs: readonly ReportRun[], time: TimeGrid, name: string): WorkloadView {
  const having = runs.filter(({ workloads }) => Object.hasOwn(workloads, name));
  const of = (run: ReportRun) => run.workloads[name];
  const kinds = having.map((run) => `${of(run)?.pattern} over ${of(run)?.protocol}`);
  const targets = new Set(
    having.flatMap(({ result }) => {
      const target = result.scenario.resolved.workloads.find((workload) => workload.name === name);
      return target?.server ?? [];
    }),
  );
  const label = (run: ReportRun, note: string) =>
    runs.length > 1 ? `${run.label}: ${note}` : note;
  return {
    name,
    about: [...new Set(kinds)].join(", "),
    notes: having.flatMap((run) => (of(run)?.notes ?? []).map((note) => label(run, note))),
    steady: runs.map((run) => steadySpan(run, name)),
    marks: [...targets].flatMap((server) => restartMarks(runs, server)),
    percentiles: percentileChart(runs, name),
    heatMaps: heatMaps(runs, time, name),
    charts: [...workloadCharts(runs, time, name), ...tcpCharts(runs, time, name)],
    tables: [...workloadTables(runs, name), ...tcpTables(runs, name)],
  };
}

function steadySpan(run: ReportRun, name: string): Span | null {
  const steady = run.workloads[name]?.steady ?? null;
  if (steady === null) return null;
  return {
    fromSeconds: secondsOf(run, steady.fromMs),
    toSeconds: secondsOf(run, steady.toMs),
  };
}
