import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folders = new Set<string>();

/**
 * A new folder for a test, removed when the tests of its file have finished, whatever their outcome. Which test is
 * running is not known behind an `await`, where several run at once.
 *
 * @returns its absolute path, free of symbolic links
 */
export function makeTempDir(): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "slash8-test-"));
  folders.add(folder);
  return folder;
}

/** Removes all of them; clean-up.ts calls it. */
export function removeTempDirs(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  folders.clear();
}
