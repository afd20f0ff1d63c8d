/**
 * The folder of a run among the temporary files, and those that killed runs have left there.
 *
 * A file in it names the process that it belongs to. A run that ends removes its folder, or keeps the logs in it and
 * removes that file. So a folder with the file of a process that no longer exists was left by a run that was killed.
 */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CapacityError } from "../base/errors.ts";
import { namesIn } from "../base/files/names-in.ts";
import { isOwnerAlive, ownerText } from "../base/process/owner.ts";

const prefix = "slash8-";
/** A server log may not have this name: it has no ending. */
const ownerName = ".owner";

/**
 * Creates a folder for the logs of one run, and removes those that killed runs of this user have left.
 *
 * @throws UserError, exit 3, where the temporary folder cannot be written
 */
export function makeRunFolder(): string {
  const parent = tmpdir();
  try {
    const folder = mkdtempSync(join(parent, prefix));
    writeFileSync(join(folder, ownerName), `${ownerText()}\n`);
    sweepRunFolders(parent);
    return folder;
  } catch (error) {
    throw new CapacityError(
      `the temporary folder ${parent} cannot be written, where the logs of servers and agents go: ` +
        `${(error as Error).message}; create it, make room in it, or set TMPDIR to a folder that can be written`,
    );
  }
}

/** Makes a folder the user's: no later run removes it. */
export function forgetRunFolder(folder: string): void {
  rmSync(join(folder, ownerName), { force: true });
}

/**
 * Removes the folders of runs that no longer exist.
 *
 * @returns their paths
 * @throws  never: what cannot be read or removed, of another user for example, is left alone
 */
export function sweepRunFolders(parent: string): string[] {
  const removed: string[] = [];
  const user = process.getuid?.();
  for (const name of namesIn(parent)) {
    if (!name.startsWith(prefix)) continue;
    const folder = join(parent, name);
    try {
      if (user !== undefined && statSync(folder).uid !== user) continue;
      const owner = readFileSync(join(folder, ownerName), "utf8");
      if (isOwnerAlive(owner) !== false) continue;
      rmSync(folder, { recursive: true, force: true });
      removed.push(folder);
    } catch {
      // Not a run's, removed meanwhile, or not ours to touch.
    }
  }
  return removed;
}
