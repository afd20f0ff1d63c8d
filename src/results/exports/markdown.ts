import { formatAmount, formatCount, formatDuration, formatRate } from "../../base/units.ts";
import type { Severity } from "../findings/finding.ts";
import { formatValue, gateTally } from "../format-value.ts";
import { clientIo, hostTable, onHowManyHosts } from "../host-rows.ts";
import { withPartsAsWorkloads } from "../parts-as-workloads.ts";
import type { GateOutcome, Outcome, RunResult, WorkloadResult } from "../result.ts";
import { code, inline, table } from "./markdown-text.ts";

const marks: Readonly<Record<Outcome | GateOutcome["verdict"], string>> = {
  pass: "✅",
  fail: "❌",
  invalid: "⚠️",
  interrupted: "⏹️",
  inconclusive: "⚠️",
  noData: "⚠️",
};

const severityMarks: Readonly<Record<Severity, string>> = {
  severe: "❌",
  warning: "⚠️",
  info: "ℹ️",
};

/**
 * Renders the result in GitHub's Markdown, for a job summary or a comment: the verdict, gates, workloads,
 * findings, warnings.
 */
export function renderMarkdown(result: RunResult): string {
  const { run, scenario, gates, workloads, warnings } = result;
  const how = `${formatDuration(run.durationMs * 1e6)}, io ${clientIo(result)}, ${formatAmount(run.workers, "worker")}${onHowManyHosts(result)}, ${scenario.file}`;
  const sections = [
    [
      `## ${marks[run.outcome]} ${inline(scenario.name)}: ${run.outcome}, ${gateTally(gates)}`,
      "",
      inline(how),
    ],
    run.reasons.map((reason) => `- ${inline(reason)}`),
    gates.length === 0
      ? []
      : table(
          ["", "gate", "actual", "limit"],
          gates.map((gate) => [
            marks[gate.verdict],
            code(gate.expression),
            inline(formatValue(gate.actual, gate.unit)),
            inline(formatValue(gate.limit, gate.unit)),
          ]),
        ),
    table(
      ["workload", "connections", "received", "per second", "p50", "p99", "p99.9", "max", "errors"],
      withPartsAsWorkloads(workloads).map(([name, workload, part]) =>
        workloadRow(name, workload, part !== null),
      ),
    ),
    hostLines(result),
    (run.findings ?? []).map(
      ({ about, severity, text, todo }) =>
        `- ${severityMarks[severity]} **${about}**: ${inline(text)}; what to do: ${inline(todo)}`,
    ),
    warnings.map((warning) => `- ⚠️ ${inline(warning)}`),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function hostLines(result: RunResult): string[] {
  const hosts = hostTable(result);
  if (hosts === null) return [];
  const { columns, rows, left } = hosts;
  return [
    ...table(
      columns.map(({ label }) => label),
      rows.map((row) => row.map(inline)),
    ),
    ...(left > 0 ? ["", `and ${formatAmount(left, "more host")}, in the result`] : []),
  ];
}

function workloadRow(
  name: string,
  { connections, exchanges, rate, responseTime, errors }: WorkloadResult,
  isPart: boolean,
): string[] {
  const { percentiles, max } = responseTime;
  const time = (ns: number | null) => (ns === null ? "-" : formatDuration(ns));
  const failed = errors.reduce((sum, { count }) => sum + count, 0);
  return [
    inline(name),
    isPart ? "" : formatCount(connections.peak),
    Number.isNaN(exchanges.received) ? "-" : formatCount(exchanges.received),
    rate.receivedPerSecond === null ? "-" : formatRate(rate.receivedPerSecond),
    time(percentiles["50"]),
    time(percentiles["99"]),
    time(percentiles["99.9"]),
    time(max),
    formatCount(failed),
  ];
}
