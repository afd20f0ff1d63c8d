import { basename, join } from "node:path";
import { writeAtomically } from "../../base/atomic-file.ts";
import { exitStatus, UserError } from "../../base/errors.ts";

/**
 * Writes a summary or a comparison beside the results that it is of.
 *
 * @param folder of these: elsewhere than asked where that could not be written
 * @returns      where it is
 * @throws       UserError (exit 1) where it cannot be written
 */
export function writeJson(value: unknown, requested: string, folder: string): string {
  const path = join(folder, basename(requested));
  try {
    writeAtomically(path, [JSON.stringify(value, null, 2), "\n"]);
    return path;
  } catch (error) {
    throw new UserError(
      `${path} could not be written: ${(error as Error).message}`,
      exitStatus.internal,
    );
  }
}
