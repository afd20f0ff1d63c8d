import { dirname, join, resolve } from "node:path";
import { fileError } from "../../base/errors.ts";
import type { RunResult } from "../result.ts";
import { isSeries, readJson, resultOf } from "./read.ts";

export interface NamedResult {
  readonly path: string;
  readonly result: RunResult;
}

/**
 * Reads results that a user has named. The summary of a series stands for its runs, so that
 * `base-*.json` may match it, and so that it may be named alone; a file named twice counts once.
 *
 * @throws UserError for the first that cannot be read or is not a result
 */
export function readResults(paths: readonly string[]): NamedResult[] {
  const found = new Map<string, NamedResult>();
  for (const path of paths) {
    const value = readJson(path);
    const runs = isSeries(value) ? value.runs.map(({ file }) => join(dirname(path), file)) : [path];
    for (const run of runs) {
      const key = resolve(run);
      if (found.has(key)) continue;
      found.set(key, { path: run, result: resultOf(run, run === path ? value : readJson(run)) });
    }
  }
  if (found.size === 0) throw fileError(`${paths.join(", ")}: the series has no runs`);
  return [...found.values()];
}
