import {
  closeSync,
  fstatSync,
  openSync,
  readSync,
  rmdirSync,
  rmSync,
  statSync,
  unlinkSync,
} from "node:fs";
import { join } from "node:path";
import { makeFolders } from "../base/files/make-folders.ts";
import { printable } from "../base/printable.ts";
import { forgetRunFolder, makeRunFolder } from "./run-folder.ts";

const tailLines = 20;
const tailBytes = 8 << 10;
/** Limits of a reason; the log has the rest. */
const mostWords = { lines: 3, characters: 300 };

/**
 * Creates the folder for the logs of one run.
 *
 * @param folder created where it does not exist; null: a new one in the system's temporary folder
 * @returns      absolute path
 * @throws       UserError, exit 3, where the temporary folder cannot be written
 */
export function makeLogFolder(folder: string | null): string {
  if (folder === null) return makeRunFolder();
  makeFolders(folder);
  return folder;
}

/**
 * Removes a folder of logs.
 *
 * @param all also if it contains logs, which are not needed
 * @returns   false when logs are kept
 */
export function removeLogFolder(folder: string, all: boolean): boolean {
  if (all) {
    rmSync(folder, { recursive: true, force: true });
    return true;
  }
  // Logs that are kept are the user's from here on: no later run removes them.
  forgetRunFolder(folder);
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    // ENOTEMPTY: it contains a log. ENOENT: it has already been removed.
    return (error as { code?: string }).code === "ENOENT";
  }
}

/**
 * Returns the last lines of a program's output that may explain its exit, as one line; "" for none. Stack frames,
 * and what Node prints after them, are left out, as the lines above them say more.
 */
export function lastLogLines(tail: string): string {
  const sending = tail
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^(at .*|\^+|Node\.js v\S+|[{}])$/.test(line));
  const words = sending.slice(-mostWords.lines).join(" / ");
  return words.length > mostWords.characters ? `...${words.slice(-mostWords.characters)}` : words;
}

/** A server's log file: its standard output and error. */
export class ServerLog {
  readonly path: string;

  /** Creates the log of one instance of a server; that of the first has the server's name. */
  static of(folder: string, server: string, instance: number): ServerLog {
    return new ServerLog(folder, instance === 1 ? server : `${server}.${instance}`);
  }

  /** Creates the file, empty. */
  constructor(folder: string, server: string) {
    this.path = join(folder, `${server.replaceAll(/[^\w.-]/g, "_")}.log`);
    closeSync(openSync(this.path, "w"));
  }

  /** Returns the last 20 lines (at most 8 KiB), printable, without a final newline; "" for an empty or removed file. */
  tail(): string {
    return printable(this.read((size) => Math.max(0, size - tailBytes)))
      .trimEnd()
      .split("\n")
      .slice(-tailLines)
      .join("\n");
  }

  /** Returns everything so far from a byte offset on; "" for a removed file. */
  textFrom(start: number): string {
    return this.read(() => start);
  }

  /** Removes the file if nothing was printed. */
  removeIfEmpty(): void {
    try {
      if (statSync(this.path).size === 0) unlinkSync(this.path);
    } catch {
      // Already removed.
    }
  }

  private read(from: (sizeBytes: number) => number): string {
    let file: number;
    try {
      file = openSync(this.path, "r");
    } catch {
      return "";
    }
    try {
      const size = fstatSync(file).size;
      const start = from(size);
      const bytes = Buffer.alloc(Math.max(0, size - start));
      return bytes.toString("utf8", 0, readSync(file, bytes, 0, bytes.length, start));
    } finally {
      closeSync(file);
    }
  }
}
