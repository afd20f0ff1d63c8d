import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * Writes a file completely or not at all: into a new file in the same directory, which is then renamed.
 * A reader never sees half of it; the previous file stays until the new one is complete.
 *
 * @param chunks the content, written as it comes
 * @throws       the file system's error; nothing is left behind
 */
export function writeAtomically(path: string, chunks: Iterable<string>): void {
  const suffix = randomBytes(6).toString("hex");
  const temporary = join(dirname(path), `.${basename(path)}.${suffix}`);
  const file = openSync(temporary, "wx");
  try {
    try {
      for (const chunk of chunks) writeAll(file, Buffer.from(chunk));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function writeAll(file: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
}
