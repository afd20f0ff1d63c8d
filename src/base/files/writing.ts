/** Files that the user wants written: tried before they are needed, and named where they cannot be. */
import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, rmdirSync, rmSync, statSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { exitStatus, UserError } from "../errors.ts";
import { makeFolders } from "./make-folders.ts";

/** Reasons by error code; `folder` is that of the file. */
const reasons: Readonly<Record<string, (folder: string) => string>> = {
  ENOENT: (folder) => `there is no folder ${folder}`,
  ENOTDIR: (folder) => `${folder} is not a folder`,
  EISDIR: () => "it is a folder",
  EACCES: (folder) => `${folder} is not writable (no permission)`,
  EPERM: (folder) => `${folder} is not writable (no permission)`,
  EROFS: (folder) => `${folder} is on a read-only file system`,
  ENOSPC: () => "no space is left on the device",
  EDQUOT: () => "the disk quota is used up",
  EFBIG: () => "it would be larger than a file may be (ulimit -f)",
  ENAMETOOLONG: () => "its name is too long",
};

/** Returns why a file could not be written, for people. The system's own message would name a temporary file. */
export function whyNotWritten(path: string, error: unknown): string {
  const { code = "", message } = error as NodeJS.ErrnoException;
  const reason = reasons[code]?.(dirname(path));
  if (reason !== undefined) return reason;
  return code === "" ? message : `no file can be created in ${dirname(path)} (${code})`;
}

/** The error for a file that could not be written (exit 1). */
export function unwritten(path: string, error: unknown): UserError {
  const why = whyNotWritten(path, error);
  return new UserError(`${path} cannot be written: ${why}`, exitStatus.internal);
}

/** Bytes that a trial writes: a full disk refuses them. */
const trialBytes = Buffer.alloc(4096);

/**
 * Tries whether a file can be written, with the folders that it needs, and leaves nothing behind: a run of an hour must
 * not end with a result that has no place.
 *
 * @returns why it cannot be written, for people; null: it can
 */
export function whyNotWritable(path: string): string | null {
  const folder = dirname(path);
  const trial = join(folder, `.${basename(path)}.${randomBytes(6).toString("hex")}`);
  let made: readonly string[] = [];
  try {
    made = makeFolders(folder);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return "it is a folder";
    const file = openSync(trial, "wx");
    try {
      writeSync(file, trialBytes);
      fsyncSync(file);
    } finally {
      closeSync(file);
      rmSync(trial, { force: true });
    }
    return null;
  } catch (error) {
    return whyNotWritten(path, error);
  } finally {
    for (const one of made.toReversed()) rmdirSync(one);
  }
}
