import { appendFileSync } from "node:fs";
import { writeAtomically } from "../../base/atomic-file.ts";
import { exitStatus, UserError } from "../../base/errors.ts";
import { renderAnnotations } from "../../results/exports/annotations.ts";
import { exportFiles, exportFormats } from "../../results/exports/export-files.ts";
import { renderMarkdown } from "../../results/exports/markdown.ts";
import type { RunResult } from "../../results/result.ts";
import { printNotice } from "../terminal/output.ts";
import { writeReport } from "./write-report.ts";

/**
 * Writes the formats that the arguments request, next to a result.
 *
 * @param path of the result
 * @returns    the files written
 * @throws     UserError (exit 1) where a file cannot be written
 */
export function writeExports(
  result: RunResult,
  path: string,
  args: Readonly<Record<string, unknown>>,
): string[] {
  const base = path.replace(/\.json$/i, "");
  const files = exportFormats
    .filter((format) => args[format] === true)
    .flatMap((format) => exportFiles(result, format, base));
  for (const file of files) {
    try {
      writeAtomically(file.path, [file.text]);
    } catch (error) {
      throw unwritten(file.path, error);
    }
  }
  const page = args.html === true ? [writeReport([path], [result], null)] : [];
  return [...page, ...files.map((file) => file.path)];
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

function unwritten(path: string, error: unknown): UserError {
  return new UserError(
    `${path} could not be written: ${(error as Error).message}`,
    exitStatus.internal,
  );
}
