import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder, and those above it, where they are missing.
 *
 * Not `recursive: true`: under /proc, where no folder can be made, Node 20 then tries for ever.
 *
 * @throws Error with an errno name
 */
export function makeFolders(folder: string): void {
  if (existsSync(folder)) return;
  makeFolders(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another run has made it meanwhile.
    if ((error as { code?: string }).code !== "EEXIST") throw error;
  }
}
