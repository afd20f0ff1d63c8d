/** Scenarios as modules: `export default defineScenario({ ... })` in TypeScript or JavaScript. */
import { relative, resolve } from "node:path";
import type { Problem } from "../source/problem.ts";
import type { Tree } from "../source/tree.ts";
import { inThread, longestMs } from "./in-thread.ts";
import type { ModuleAnswer, ModuleTask } from "./worker.ts";

/**
 * Runs a module in a thread of its own, and reads the scenario that it exports.
 *
 * @param file   path as the user gave it
 * @param source its text
 * @param limit  for tests, ms
 * @returns      no tree where it gave none, and why
 */
export async function readModule(
  file: string,
  source: string,
  limit = longestMs,
): Promise<{ readonly tree: Tree | null; readonly problems: readonly Problem[] }> {
  const path = resolve(file);
  const task: ModuleTask = { path, file };
  const answer = await inThread<ModuleAnswer>("worker", task, "a scenario", limit);
  if ("tree" in answer) return answer;
  const failed = (message: string, at: Problem | Omit<Problem, "message">) => ({
    tree: null,
    problems: [{ ...at, message }],
  });
  if ("failure" in answer) {
    const { message, at } = answer.failure;
    const place = { file, line: at?.line ?? 1, column: at?.column ?? 1 };
    if (at === null || at.file === path) return failed(message, place);
    return failed(message, { ...place, file: relative(process.cwd(), at.file) });
  }
  const hint = `export default defineScenario({ version: 1, ... }), with defineScenario from "slash8"`;
  const message = `the module exports ${answer.exported} by default, and not a scenario: write ${hint}`;
  return failed(message, { file, ...exportPlace(source) });
}

/** Where the default export stands; the start of a file without one. */
function exportPlace(source: string): { line: number; column: number } {
  const lines = source.split("\n");
  const index = lines.findIndex((line) =>
    /^\s*export\s+default\b|^\s*module\.exports\b/.test(line),
  );
  return { line: Math.max(0, index) + 1, column: 1 };
}
