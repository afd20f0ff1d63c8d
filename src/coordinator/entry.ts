import { fileURLToPath } from "node:url";

/** Processes of slash8, by the file each begins in. */
export type EntryName = "servers/main" | "audience/main" | "coordinator/guard" | "agent/main";

/**
 * The built file that a child process is started with.
 *
 * It lies two directories up from here and down `dist/` whether this file runs built or, in tests,
 * as its source: child processes always are the built ones.
 */
export function entryFile(name: EntryName): string {
  return fileURLToPath(new URL(`../../dist/${name}.js`, import.meta.url));
}
