import { appendFileSync } from "node:fs";
import { UserError } from "../../base/errors.ts";
import { writeAtomically } from "../../base/files/atomic-file.ts";
import { unwritten } from "../../base/files/writing.ts";
import { renderAnnotations } from "../../results/exports/annotations.ts";
import {
  type ExportFile,
  exportFiles,
  exportFormats,
  whyNotExported,
} from "../../results/exports/export-files.ts";
import { renderMarkdown } from "../../results/exports/markdown.ts";
import type { RunResult } from "../../results/result.ts";
import { printNotice } from "../terminal/output.ts";
import { writeReport } from "./write-report.ts";

/** Files that were written next to a result, and why others were not, for people. */
export interface Exported {
  readonly written: readonly string[];
  /** Formats that such a result has no file of, and why. */
  readonly leftOut: readonly string[];
  readonly failures: readonly string[];
}

/**
 * Writes the formats that the arguments request, next to a result. What cannot be written does not keep the others
 * from being written.
 *
 * @param path of the result
 */
export function writeExports(
  result: RunResult,
  path: string,
  args: Readonly<Record<string, unknown>>,
): Exported {
  const base = path.replace(/\.json$/i, "");
  const written: string[] = [];
  const leftOut: string[] = [];
  const failures: string[] = [];
  const attempt = (write: () => string) => {
    try {
      written.push(write());
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      failures.push(error.message);
    }
  };
  if (args.html === true) attempt(() => writeReport([path], [result], null));
  for (const format of exportFormats.filter((one) => args[one] === true)) {
    const why = whyNotExported(result, format);
    if (why !== null) leftOut.push(`--${format}: ${why}, so its figures were not written`);
    for (const file of exportFiles(result, format, base)) attempt(() => writeExport(file));
  }
  return { written, leftOut, failures };
}

function writeExport({ path, text }: ExportFile): string {
  try {
    writeAtomically(path, [text]);
    return path;
  } catch (error) {
    throw unwritten(path, error);
  }
}

/**
 * In a GitHub job: annotates the lines of gates that did not pass, and adds the result to the job's summary.
 *
 * @throws UserError (exit 1) where the summary cannot be written
 * @see    "Default environment variables" of GitHub Actions: GITHUB_ACTIONS, GITHUB_STEP_SUMMARY
 */
export async function reportToGitHub(result: RunResult, env: NodeJS.ProcessEnv): Promise<void> {
  if (env.GITHUB_ACTIONS === "true") {
    for (const line of renderAnnotations(result)) await printNotice(line);
  }
  const summary = env.GITHUB_STEP_SUMMARY;
  if (summary === undefined || summary === "") return;
  try {
    appendFileSync(summary, `${renderMarkdown(result)}\n`);
  } catch (error) {
    throw unwritten(summary, error);
  }
}
