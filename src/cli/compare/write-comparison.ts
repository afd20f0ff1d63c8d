/** Files of a comparison, named like those of a result. */
import { appendFileSync } from "node:fs";
import { dirname } from "node:path";
import { writeAtomically } from "../../base/files/atomic-file.ts";
import { makeFolders } from "../../base/files/make-folders.ts";
import { unwritten } from "../../base/files/writing.ts";
import type { Comparison } from "../../compare/compare.ts";
import { renderComparisonHtml } from "../../compare/exports/html.ts";
import { renderComparisonJunit } from "../../compare/exports/junit.ts";
import { renderComparisonMarkdown } from "../../compare/exports/markdown.ts";
import { readPageAssets } from "../../report/page-assets.ts";
import type { comparisonExports } from "./compare-options.ts";

type Arguments = Readonly<Record<string, unknown>>;
type Format = keyof typeof comparisonExports;

const formats: Readonly<
  Record<Format, readonly [ending: string, render: (comparison: Comparison) => string]>
> = {
  html: [".html", (comparison) => renderComparisonHtml(comparison, readPageAssets().style)],
  junit: [".junit.xml", renderComparisonJunit],
  markdown: [".md", renderComparisonMarkdown],
};

function requested(args: Arguments): (readonly [string, (comparison: Comparison) => string])[] {
  return (Object.keys(formats) as Format[])
    .filter((format) => args[format] === true)
    .map((format) => formats[format]);
}

/** Where the files lie that the arguments request. @param path of the comparison, ending in ".json" */
export function comparisonPaths(path: string, args: Arguments): string[] {
  return requested(args).map(([ending]) => baseOf(path) + ending);
}

/**
 * Writes the formats that the arguments request, next to where the comparison is, or would be. What cannot be written
 * does not keep the others from being written.
 *
 * @param path of the comparison, ending in ".json"
 */
export function writeComparison(
  comparison: Comparison,
  path: string,
  args: Arguments,
): { readonly written: readonly string[]; readonly failures: readonly string[] } {
  const written: string[] = [];
  const failures: string[] = [];
  for (const [ending, render] of requested(args)) {
    const file = baseOf(path) + ending;
    try {
      makeFolders(dirname(file));
      writeAtomically(file, [render(comparison)]);
      written.push(file);
    } catch (error) {
      failures.push(unwritten(file, error).message);
    }
  }
  return { written, failures };
}

/**
 * In a GitHub job: adds the comparison to the job's summary.
 *
 * @throws UserError (exit 1) where it cannot be written
 */
export function summariseForGitHub(comparison: Comparison, env: NodeJS.ProcessEnv): void {
  const summary = env.GITHUB_STEP_SUMMARY ?? "";
  if (summary === "") return;
  try {
    appendFileSync(summary, `${renderComparisonMarkdown(comparison)}\n`);
  } catch (error) {
    throw unwritten(summary, error);
  }
}

function baseOf(path: string): string {
  return path.replace(/\.json$/i, "");
}
