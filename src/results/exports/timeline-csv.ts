import { withPartsAsWorkloads } from "../parts-as-workloads.ts";
import type { RunResult } from "../result.ts";
import { isOfSteadyState } from "../steady-seconds.ts";

const columns = [
  "workload",
  "atMs",
  "offered",
  "sent",
  "received",
  "open",
  "opened",
  "errors",
  "responseTimeP50Ns",
  "responseTimeP99Ns",
  "responseTimeMaxNs",
  "sendLagP99Ns",
  "sendLagMaxNs",
  "steady",
] as const;

/** Renders one row for every second of every workload, and of its parts (RFC 4180, with "\n"); what was not measured is empty. */
export function renderTimelineCsv({ workloads }: RunResult): string {
  const rows = withPartsAsWorkloads(workloads).flatMap(([name, workload]) =>
    workload.timeline.map((entry) => {
      const { atMs, offered, sent, received, open, opened, errors, responseTime, sendLag } = entry;
      return [
        field(name),
        ...[atMs, offered, sent, received, open, opened, errors],
        ...[responseTime.p50, responseTime.p99, responseTime.max, sendLag.p99, sendLag.max],
        isOfSteadyState(workload, entry),
      ]
        .map((value) => (Number.isNaN(value) ? "" : (value ?? "")))
        .join(",");
    }),
  );
  return `${[columns.join(","), ...rows].join("\n")}\n`;
}

function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
