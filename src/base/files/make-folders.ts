import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Creates a folder and its missing parents.
 *
 * Not `recursive: true`: under /proc, where no folder can be created, Node 20 then retries forever.
 *
 * @returns those that were created, outermost first
 * @throws  Error with an errno name
 */
export function makeFolders(folder: string): readonly string[] {
  if (existsSync(folder)) return [];
  const above = makeFolders(dirname(folder));
  try {
    mkdirSync(folder);
    return [...above, folder];
  } catch (error) {
    // Another run has created it in the meantime.
    if ((error as { code?: string }).code !== "EEXIST") throw error;
    return above;
  }
}
