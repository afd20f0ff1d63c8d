import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { writeAtomically } from "../../base/atomic-file.ts";
import { makeFolders } from "../../base/make-folders.ts";
import type { RunResult } from "../result.ts";
import { resultPath } from "./result-path.ts";

export interface Written {
  /** Absolute path of the result. */
  readonly path: string;
  /** Why it is not at the requested path, or null; also among the result's warnings. */
  readonly warning: string | null;
}

/**
 * Writes the result as JSON, completely or not at all.
 *
 * A measurement is not discarded because of a directory: where the requested one cannot be
 * written, the result goes into a new one under the system's temporary directory.
 *
 * @param out `--out` or null; see result-path.ts
 * @throws    the file system's error when the temporary directory cannot be written either
 */
export function writeResult(result: RunResult, out: string | null, cwd: string): Written {
  const startedAt = new Date(result.run.startedAt);
  const path = resultPath(result.scenario.name, startedAt, out, cwd);
  try {
    makeFolders(dirname(path));
    writeAtomically(path, json(result));
    return { path, warning: null };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const fallback = join(mkdtempSync(join(tmpdir(), "slash8-")), basename(path));
    const warning = `the result could not be written to ${path} (${reason}); it is in ${fallback}`;
    writeAtomically(fallback, json({ ...result, warnings: [...result.warnings, warning] }));
    return { path: fallback, warning };
  }
}

function json(result: RunResult): string[] {
  return [JSON.stringify(result, null, 2), "\n"];
}
