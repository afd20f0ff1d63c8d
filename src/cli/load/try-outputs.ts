/** What a run is to write is tried before it: nothing is measured that would have no place. */
import { resolve } from "node:path";
import { exitStatus, UserError } from "../../base/errors.ts";
import { whyNotWritable } from "../../base/files/writing.ts";
import { logPath } from "../../results/build/interval-log.ts";
import { exportFormats, exportPaths } from "../../results/exports/export-files.ts";
import type { Scenario } from "../../scenario/scenario.ts";
import { pagePath } from "../export/write-report.ts";

/**
 * Tries every file that is to be written of one or more runs: results, exports, a capture, a job's summary.
 *
 * @param results paths of the results
 * @param beside  paths of other files, such as a series' summary
 * @throws        UserError (exit 1) with every file that cannot be written, and why
 */
export function tryOutputs(
  { workloads, capture }: Scenario,
  results: readonly string[],
  args: Readonly<Record<string, unknown>>,
  beside: readonly string[] = [],
): void {
  const names = workloads.flatMap(({ name, parts }) => [
    name,
    ...(parts?.names ?? []).map((part) => `${name}.${part}`),
  ]);
  const summary = process.env.GITHUB_STEP_SUMMARY ?? "";
  const paths = [
    ...results.flatMap((result) => [
      result,
      ...(args.hlog === true ? [logPath(result)] : []),
      ...(args.html === true ? [pagePath(result)] : []),
      ...exportFormats
        .filter((format) => args[format] === true)
        .flatMap((format) => exportPaths(names, format, result.replace(/\.json$/i, ""))),
    ]),
    ...beside,
    ...(capture === null ? [] : [resolve(capture.file)]),
    ...(summary === "" ? [] : [summary]),
  ];
  const problems = paths.flatMap((path) => {
    const why = whyNotWritable(path);
    return why === null ? [] : [`${path} cannot be written: ${why}`];
  });
  if (problems.length === 0) return;
  throw new UserError(`${problems.join("\n")}\nnothing was run`, exitStatus.internal);
}
