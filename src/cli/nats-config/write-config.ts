import { closeSync, existsSync, openSync, rmdirSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../base/errors.ts";
import { makeFolders } from "../../base/files/make-folders.ts";
import { unwritten } from "../../base/files/writing.ts";
import { pathForUser } from "../terminal/output.ts";
import type { ConfigFile } from "./make-config.ts";

/**
 * Writes all of the files or none; secret ones are created as such, so that nobody can read them in between.
 *
 * @throws UserError where one is there already, as its keys may be in use, or cannot be written
 */
export function writeConfig(folder: string, files: readonly ConfigFile[]): void {
  const there = files
    .map(({ name }) => join(folder, name))
    .filter((path) => existsSync(path))
    .map(pathForUser);
  if (there.length > 0) {
    throw new UserError(
      `${there.join(", ")}: there already, and its keys may be in use; remove them, or write into another folder with --out`,
    );
  }
  const undo: (() => void)[] = [];
  let current = folder;
  try {
    const folders = makeFolders(folder);
    undo.push(() => {
      for (const one of folders.toReversed()) rmdirSync(one);
    });
    for (const { name, text, isSecret } of files) {
      current = join(folder, name);
      const path = current;
      const file = openSync(path, "wx", isSecret ? 0o600 : 0o644);
      undo.push(() => rmSync(path));
      try {
        writeSync(file, text);
      } finally {
        closeSync(file);
      }
    }
  } catch (error) {
    for (const step of undo.toReversed()) step();
    throw unwritten(current, error);
  }
}
