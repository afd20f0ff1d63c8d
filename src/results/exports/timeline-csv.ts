import type { RunResult } from "../result.ts";

const columns = [
  "workload",
  "atMs",
  "sent",
  "received",
  "open",
  "errors",
  "responseTimeP50Ns",
  "responseTimeP99Ns",
  "responseTimeMaxNs",
] as const;

/** Every second of every workload, a row each (RFC 4180, with "\n"); what was not measured is empty. */
export function renderTimelineCsv({ workloads }: RunResult): string {
  const rows = Object.entries(workloads).flatMap(([name, { timeline }]) =>
    timeline.map(({ atMs, sent, received, open, errors, responseTime: { p50, p99, max } }) =>
      [field(name), atMs, sent, received, open, errors, p50, p99, max]
        .map((value) => value ?? "")
        .join(","),
    ),
  );
  return `${[columns.join(","), ...rows].join("\n")}\n`;
}

function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
