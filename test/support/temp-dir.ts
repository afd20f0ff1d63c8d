import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/**
 * A new folder for the running test, removed when the test has finished, whatever its outcome.
 *
 * @returns its absolute path, free of symbolic links
 */
export function makeTempDir(): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "slash8-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
