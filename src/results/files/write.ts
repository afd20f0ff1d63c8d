import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { exitStatus, UserError } from "../../base/errors.ts";
import { writeAtomically } from "../../base/files/atomic-file.ts";
import { makeFolders } from "../../base/files/make-folders.ts";
import { whyNotWritten } from "../../base/files/writing.ts";
import { jsonPieces } from "../../base/text/json-pieces.ts";
import type { RunResult } from "../result.ts";
import { namesFile, resultPath } from "./result-path.ts";

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
 * A file that the user has named is replaced; a result under a name of ours never replaces another.
 *
 * @param out `--out` or null; see result-path.ts
 * @throws    UserError (exit 1) when the temporary directory cannot be written either
 */
export function writeResult(result: RunResult, out: string | null, cwd: string): Written {
  const startedAt = new Date(result.run.startedAt);
  const path = resultPath(result.scenario.name, startedAt, out, cwd);
  try {
    makeFolders(dirname(path));
    if (!namesFile(out, cwd)) return { path: writeNew(path, result), warning: null };
    writeAtomically(path, json(result));
    return { path, warning: null };
  } catch (error) {
    const failed = `the result could not be written to ${path} (${whyNotWritten(path, error)})`;
    return writeElsewhere(result, basename(path), failed);
  }
}

function writeElsewhere(result: RunResult, name: string, failed: string): Written {
  let path = join(tmpdir(), name);
  try {
    path = join(mkdtempSync(join(tmpdir(), "slash8-")), name);
    const warning = `${failed}; it is in ${path}`;
    writeAtomically(path, json({ ...result, warnings: [...result.warnings, warning] }));
    return { path, warning };
  } catch (error) {
    const why = whyNotWritten(path, error);
    throw new UserError(`${failed}, nor to ${path} (${why}): it is lost`, exitStatus.internal);
  }
}

/** Writes a new file: runs of one scenario that began in the same millisecond have the same name. @returns its path */
function writeNew(path: string, result: RunResult): string {
  for (let number = 1; ; number++) {
    const free = number === 1 ? path : path.replace(/\.json$/, `-${number}.json`);
    try {
      writeAtomically(free, json(result), "fail");
      return free;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

function* json(result: RunResult): Generator<string> {
  yield* jsonPieces(result);
  yield "\n";
}
