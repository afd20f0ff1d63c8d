import type { ExportFormat } from "../../results/exports/export-files.ts";
import { flag } from "../arguments/options.ts";

/** Formats in which a result can be written in addition: shared by `load` and `export`. */
export const exportOptions = {
  html: flag("write the result as an HTML page, as slash8 report does"),
  junit: flag("write the gates as JUnit XML"),
  ctrf: flag("write the gates as a Common Test Report (CTRF JSON)"),
  markdown: flag("write the result as GitHub's Markdown"),
  csv: flag("write the timeline as CSV"),
  "github-benchmark": flag(
    "write the main figures for github-action-benchmark: one file of times, one of rates",
  ),
  bencher: flag("write the main figures in the Bencher Metric Format"),
  "gitlab-metrics": flag(
    "write the main figures as OpenMetrics text, for GitLab's metrics reports",
  ),
  hgrm: flag("write each workload's response times as an HdrHistogram percentile distribution"),
  fortio: flag("write each workload as Fortio's JSON"),
  vegeta: flag("write each workload as vegeta's JSON report"),
} as const satisfies Record<ExportFormat | "html", ReturnType<typeof flag>>;
