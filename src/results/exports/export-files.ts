import { withPartsAsWorkloads } from "../parts-as-workloads.ts";
import type { RunResult } from "../result.ts";
import { renderFortio } from "./fortio.ts";
import { renderHgrm } from "./hgrm.ts";
import { renderJunit } from "./junit.ts";
import { renderMarkdown } from "./markdown.ts";
import { renderTimelineCsv } from "./timeline-csv.ts";
import { renderVegeta } from "./vegeta.ts";

/** Formats that a result can be exported to: as one file, or one for each workload and each part of one. */
const formats = {
  junit: { ending: ".junit.xml", render: renderJunit },
  markdown: { ending: ".md", render: renderMarkdown },
  csv: { ending: ".csv", render: renderTimelineCsv },
  hgrm: {
    ending: ".hgrm",
    renderEach: (_: RunResult, __: string, { responseTime }: Workload) => renderHgrm(responseTime),
  },
  fortio: { ending: ".fortio.json", renderEach: renderFortio },
  vegeta: {
    ending: ".vegeta.json",
    renderEach: (result: RunResult, _: string, workload: Workload) =>
      renderVegeta(result, workload),
  },
} as const;

type Workload = RunResult["workloads"][string];

export type ExportFormat = keyof typeof formats;

export const exportFormats = Object.keys(formats) as readonly ExportFormat[];

export interface ExportFile {
  readonly path: string;
  readonly text: string;
}

/**
 * The files of one format.
 *
 * @param base path of the result without ".json": the files are next to it, named after it and, where
 *             there is one for each workload, after the workload, and its part
 */
export function exportFiles(result: RunResult, format: ExportFormat, base: string): ExportFile[] {
  const { ending, ...how } = formats[format];
  if ("render" in how) return [{ path: base + ending, text: how.render(result) }];
  return withPartsAsWorkloads(result.workloads)
    .filter(([, { responseTime }]) => responseTime.count > 0)
    .map(([name, workload]) => ({
      path: pathOfEach(base, name, ending),
      text: how.renderEach(result, name, workload),
    }));
}

/**
 * Where the files of one format lie, at most: workloads without response times have none.
 *
 * @param workloads names of the workloads and of their parts: "chat", "chat.get"
 */
export function exportPaths(
  workloads: readonly string[],
  format: ExportFormat,
  base: string,
): readonly string[] {
  const { ending, ...how } = formats[format];
  return "render" in how
    ? [base + ending]
    : workloads.map((name) => pathOfEach(base, name, ending));
}

function pathOfEach(base: string, workload: string, ending: string): string {
  return `${base}.${workload.replaceAll(/[^\w-]/g, "_")}${ending}`;
}
