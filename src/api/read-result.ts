import type { RunResult } from "./result.ts";

/**
 * Reads a result that `run` or `slash8 load` wrote; results of earlier versions as well.
 *
 * @throws (rejects with) UserError (code "file") where it cannot be read, or is not a result
 * @example
 * const result = await readResult("results/chat.json");
 * console.log(result.workloads.chat?.responseTime.p99);
 */
export async function readResult(path: string | URL): Promise<RunResult> {
  const [{ resolve }, { fileURLToPath }, files, { readable }] = await Promise.all([
    import("node:path"),
    import("node:url"),
    import("../results/files/read.ts"),
    import("./result.ts"),
  ]);
  const file = resolve(path instanceof URL ? fileURLToPath(path) : path);
  return readable(files.readResult(file), file);
}
