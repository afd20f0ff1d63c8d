/**
 * A thread in which a scenario's module runs: one that never ends can be stopped, and what it leaves behind ends with it.
 */
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import { type Failure, failureOf } from "../../protocols/modules/failure.ts";
import type { Problem } from "../source/problem.ts";
import type { Tree } from "../source/tree.ts";
import { objectTree } from "./object-tree.ts";
import { useHooks } from "./use-hooks.ts";

export interface ModuleTask {
  /** Absolute path. */
  readonly path: string;
  /** Its name in messages. */
  readonly file: string;
}

export type ModuleAnswer =
  | { readonly tree: Tree; readonly problems: readonly Problem[] }
  | { readonly failure: Failure }
  /** What it exports is not a scenario. */
  | { readonly exported: string };

const { path, file } = workerData as ModuleTask;

async function run(): Promise<ModuleAnswer> {
  useHooks();
  try {
    const exports = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
    if (!("default" in exports)) return { exported: "nothing" };
    const scenario: unknown = await exports.default;
    if (typeof scenario === "function") return { exported: "a function" };
    if (Array.isArray(scenario)) return { exported: "a list" };
    if (typeof scenario !== "object" || scenario === null) return { exported: String(scenario) };
    return objectTree(scenario, file);
  } catch (error) {
    return { failure: failureOf(error, path) };
  }
}

parentPort?.postMessage(await run());
// It may have left timers and sockets, which nobody is to wait for.
process.exit();
