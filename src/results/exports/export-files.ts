import { withPartsAsWorkloads } from "../parts-as-workloads.ts";
import type { RunResult } from "../result.ts";
import { renderBencher } from "./bencher.ts";
import { renderCtrf } from "./ctrf.ts";
import { renderFortio } from "./fortio.ts";
import { renderGithubBenchmark } from "./github-benchmark.ts";
import { renderGitlabMetrics } from "./gitlab-metrics.ts";
import { renderHgrm } from "./hgrm.ts";
import { renderJunit } from "./junit.ts";
import { renderMarkdown } from "./markdown.ts";
import { renderTimelineCsv } from "./timeline-csv.ts";
import { whyNoTrend } from "./trend-figures.ts";
import { renderVegeta } from "./vegeta.ts";

/** A file of a result; null: it has nothing to say. */
type RenderWhole = (result: RunResult) => string | null;

/** A file of each workload, and of each part of one. */
type RenderEach = (result: RunResult, name: string, workload: Workload) => string;

interface Format {
  /** By the ending of its name. */
  readonly whole?: Readonly<Record<string, RenderWhole>>;
  readonly each?: Readonly<Record<string, RenderEach>>;
  /** Its figures are kept beside those of other runs, so a run without a verdict has none. */
  readonly isTrend?: boolean;
}

/** Formats that a result can be exported to. */
const formats = {
  junit: { whole: { ".junit.xml": renderJunit } },
  ctrf: { whole: { ".ctrf.json": renderCtrf } },
  markdown: { whole: { ".md": renderMarkdown } },
  csv: { whole: { ".csv": renderTimelineCsv } },
  "github-benchmark": {
    whole: {
      ".smaller-is-better.json": (result) => renderGithubBenchmark(result, "lower"),
      ".bigger-is-better.json": (result) => renderGithubBenchmark(result, "higher"),
    },
    isTrend: true,
  },
  bencher: { whole: { ".bencher.json": renderBencher }, isTrend: true },
  "gitlab-metrics": { whole: { ".metrics.txt": renderGitlabMetrics }, isTrend: true },
  hgrm: { each: { ".hgrm": (_, __, { responseTime }) => renderHgrm(responseTime) } },
  fortio: { each: { ".fortio.json": renderFortio } },
  vegeta: { each: { ".vegeta.json": (result, _, workload) => renderVegeta(result, workload) } },
} as const satisfies Record<string, Format>;

type Workload = RunResult["workloads"][string];

export type ExportFormat = keyof typeof formats;

export const exportFormats = Object.keys(formats) as readonly ExportFormat[];

export interface ExportFile {
  readonly path: string;
  readonly text: string;
}

/**
 * Why a result has no files of a format, whatever it measured; null: it may have some.
 */
export function whyNotExported(result: RunResult, format: ExportFormat): string | null {
  const { isTrend = false }: Format = formats[format];
  return isTrend ? whyNoTrend(result) : null;
}

/**
 * The files of one format.
 *
 * @param base path of the result without ".json": the files are next to it, named after it and, where
 *             there is one for each workload, after the workload, and its part
 */
export function exportFiles(result: RunResult, format: ExportFormat, base: string): ExportFile[] {
  if (whyNotExported(result, format) !== null) return [];
  const { whole = {}, each = {} }: Format = formats[format];
  const measured = withPartsAsWorkloads(result.workloads).filter(
    ([, { responseTime }]) => responseTime.count > 0,
  );
  return [
    ...Object.entries(whole).flatMap(([ending, render]) => {
      const text = render(result);
      return text === null ? [] : [{ path: base + ending, text }];
    }),
    ...Object.entries(each).flatMap(([ending, render]) =>
      measured.map(([name, workload]) => ({
        path: pathOfEach(base, name, ending),
        text: render(result, name, workload),
      })),
    ),
  ];
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
  const { whole = {}, each = {} }: Format = formats[format];
  return [
    ...Object.keys(whole).map((ending) => base + ending),
    ...Object.keys(each).flatMap((ending) =>
      workloads.map((name) => pathOfEach(base, name, ending)),
    ),
  ];
}

function pathOfEach(base: string, workload: string, ending: string): string {
  return `${base}.${workload.replaceAll(/[^\w-]/g, "_")}${ending}`;
}
