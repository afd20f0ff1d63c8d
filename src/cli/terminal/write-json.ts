import { basename, join } from "node:path";
import { writeAtomically } from "../../base/files/atomic-file.ts";
import { makeFolders } from "../../base/files/make-folders.ts";
import { unwritten } from "../../base/files/writing.ts";

/**
 * Writes a summary or a comparison next to the results that it is about.
 *
 * @param folder of the results; not the requested one if the results could not be written there
 * @returns      the path written
 * @throws       UserError (exit 1) where it cannot be written
 */
export function writeJson(value: unknown, requested: string, folder: string): string {
  const path = join(folder, basename(requested));
  try {
    makeFolders(folder);
    writeAtomically(path, [JSON.stringify(value, null, 2), "\n"]);
    return path;
  } catch (error) {
    throw unwritten(path, error);
  }
}
