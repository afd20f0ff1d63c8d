import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * Writes a file completely or not at all: into a new file in the same directory, which is then renamed.
 * A reader never sees half of it; the previous file stays until the new one is complete.
 *
 * @param chunks   the content, written as it comes
 * @param existing "fail" leaves a file that exists as it is, with the error EEXIST
 * @throws         the file system's error; nothing is left behind
 */
export function writeAtomically(
  path: string,
  chunks: Iterable<string>,
  existing: "replace" | "fail" = "replace",
): void {
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
    if (existing === "replace" || !linked(temporary, path)) renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Gives a file its name, unless another has it. @returns false where the file system has no links */
function linked(temporary: string, path: string): boolean {
  try {
    linkSync(temporary, path);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(code)) return false;
    throw error;
  }
  rmSync(temporary);
  return true;
}

function writeAll(file: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
}
