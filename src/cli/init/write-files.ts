/** Writes several files, all of them or none. */
import { existsSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { exitStatus, UserError } from "../../base/errors.ts";
import { writeAtomically } from "../../base/files/atomic-file.ts";
import { makeFolders } from "../../base/files/make-folders.ts";
import { unwritten, whyNotWritable } from "../../base/files/writing.ts";

export interface NewFile {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
  /** Whether it may replace a file that is there. */
  readonly replaces: boolean;
  /** What of it is new, where the rest was there; for people. */
  readonly what?: string;
}

/** @throws UserError (exit 1) with every file that cannot be written, before anything else is done */
export function tryFiles(paths: readonly string[]): void {
  const problems = paths.flatMap((path) => {
    const why = whyNotWritable(path);
    return why === null ? [] : [`${path} cannot be written: ${why}`];
  });
  if (problems.length === 0) return;
  throw new UserError(`${problems.join("\n")}\nnothing was written`, exitStatus.internal);
}

/** @throws UserError (exit 1) where one cannot be written; the others are then as they were */
export function writeFiles(files: readonly NewFile[]): void {
  const undo: (() => void)[] = [];
  for (const { path, text, replaces } of files) {
    try {
      const folders = makeFolders(dirname(path));
      undo.push(() => {
        for (const folder of folders.toReversed()) rmdirSync(folder);
      });
      const before = existsSync(path) ? readFileSync(path, "utf8") : null;
      writeAtomically(path, [text], replaces ? "replace" : "fail");
      undo.push(() => {
        if (before === null) rmSync(path);
        else writeAtomically(path, [before]);
      });
    } catch (error) {
      for (const step of undo.toReversed()) step();
      throw unwritten(path, error);
    }
  }
}
