import type { ExportFormat } from "../../results/exports/export-files.ts";
import { flag } from "../arguments/options.ts";

/** Formats in which a result can be written in addition: shared by `load` and `export`. */
export const exportOptions = {
  html: flag("write the result as an HTML page, as slash8 report does"),
  junit: flag("write the gates as JUnit XML"),
  markdown: flag("write the result as GitHub's Markdown"),
  csv: flag("write the timeline as CSV"),
  hgrm: flag("write each workload's response times as an HdrHistogram percentile distribution"),
  fortio: flag("write each workload as Fortio's JSON"),
  vegeta: flag("write each workload as vegeta's JSON report"),
} as const satisfies Record<ExportFormat | "html", ReturnType<typeof flag>>;
