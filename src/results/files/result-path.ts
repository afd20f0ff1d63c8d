import { statSync } from "node:fs";
import { join, resolve } from "node:path";

/** Where results go by default, under the working directory. */
export const defaultDirectory = "results";

/**
 * Returns the path a result is to be written to.
 *
 * @param out `--out`: a file when it ends in ".json" and is not a directory, else a directory; null: the
 *            default directory
 * @param cwd what a relative path starts from
 */
export function resultPath(
  scenarioName: string,
  startedAt: Date,
  out: string | null,
  cwd: string,
): string {
  const target = resolve(cwd, out ?? defaultDirectory);
  return namesFile(out, cwd) ? target : join(target, resultFileName(scenarioName, startedAt));
}

/** Whether `--out` is the file of the result, and not its folder; parameters as of `resultPath`. */
export function namesFile(out: string | null, cwd: string): boolean {
  const target = resolve(cwd, out ?? defaultDirectory);
  return /\.json$/i.test(target) && !isDirectory(target);
}

/** `<name>-<UTC time>.json`, in characters that every file system allows. */
export function resultFileName(scenarioName: string, startedAt: Date): string {
  const name = scenarioName
    .replaceAll(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[.-]+/, "")
    .slice(0, 100);
  const time = startedAt.toISOString().replaceAll(":", "-");
  return `${name === "" ? "run" : name}-${time}.json`;
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // Missing, or below a file: writing it will fail then.
    return false;
  }
}
