import { statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { exitStatus, UserError } from "../../base/errors.ts";
import { writeAtomically } from "../../base/files/atomic-file.ts";
import { unwritten } from "../../base/files/writing.ts";
import { buildPageModel } from "../../report/build-model.ts";
import { readPageAssets } from "../../report/page-assets.ts";
import { renderPage } from "../../report/render-page.ts";
import { mostRuns } from "../../report/report-run.ts";
import type { RunResult } from "../../results/result.ts";

/**
 * Writes several results as one page.
 *
 * @param paths   of the results, at least one
 * @param results in the same order
 * @param out     the page's file; null: next to the first result
 * @returns       the file written
 * @throws        UserError where there are too many, or (exit 1) the file cannot be written
 */
export function writeReport(
  paths: readonly string[],
  results: readonly RunResult[],
  out: string | null,
): string {
  if (paths.length > mostRuns) {
    throw new UserError(
      `${paths.length} results cannot be distinguished in one page: give ${mostRuns} at most`,
    );
  }
  const [first = ""] = paths;
  const target = out ?? pagePath(first);
  if (paths.some((path) => resolve(path) === resolve(target))) {
    throw new UserError(
      `--out ${target} is one of the results and would be overwritten: give another name for the page`,
    );
  }
  if (statSync(target, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UserError(
      `--out ${target} is a folder: give a file, such as ${join(target, "report.html")}`,
      exitStatus.internal,
    );
  }
  const labels = labelsOf(paths);
  const model = buildPageModel(
    results.map((result, index) => ({ label: labels[index] as string, result })),
  );
  try {
    writeAtomically(target, [renderPage(model, readPageAssets())]);
  } catch (error) {
    throw unwritten(target, error);
  }
  return target;
}

/** Names of the files; with their folders, and numbered, where that is needed to distinguish them. */
function labelsOf(paths: readonly string[]): string[] {
  const short = paths.map((path) => basename(path).replace(/\.json$/i, ""));
  const long = paths.map((path, index) =>
    join(basename(dirname(resolve(path))), short[index] ?? ""),
  );
  for (const labels of [short, long]) {
    if (new Set(labels).size === labels.length) return labels;
  }
  return long.map((label, index) => `${index + 1}: ${label}`);
}

/** Where the page of a result lies by default. */
export function pagePath(result: string): string {
  return `${result.replace(/\.json$/i, "")}.html`;
}
