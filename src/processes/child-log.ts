import {
  closeSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readSync,
  rmdirSync,
  rmSync,
  statSync,
  unlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeFolders } from "../base/make-folders.ts";

const tailLines = 20;
const tailBytes = 8 << 10;
/** Of a reason: the log has the rest. */
const mostWords = { lines: 3, characters: 300 };

/**
 * The folder for the logs of one run.
 *
 * @param folder made where it does not exist; null: a new one among the temporary files
 * @returns      absolute path
 */
export function makeLogFolder(folder: string | null): string {
  if (folder === null) return mkdtempSync(join(tmpdir(), "slash8-"));
  makeFolders(folder);
  return folder;
}

/**
 * Removes a folder of logs.
 *
 * @param all also where logs are in it: nobody will want to read them
 * @returns   false when logs are kept
 */
export function removeLogFolder(folder: string, all: boolean): boolean {
  if (all) {
    rmSync(folder, { recursive: true, force: true });
    return true;
  }
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    // ENOTEMPTY: a log is kept. ENOENT: it has been removed already.
    return (error as { code?: string }).code === "ENOENT";
  }
}

/**
 * Of the last lines that a program printed those that may say why it ended, in one line; "" for none. The frames of
 * a stack, and what Node prints behind it, say less than what stands above.
 */
export function lastLogLines(tail: string): string {
  const sending = tail
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^(at .*|\^+|Node\.js v\S+|[{}])$/.test(line));
  const words = sending.slice(-mostWords.lines).join(" / ");
  return words.length > mostWords.characters ? `...${words.slice(-mostWords.characters)}` : words;
}

/** What a server prints, on standard output and error, in one file. */
export class ServerLog {
  readonly path: string;

  /** The log of one start of a server; the first one's has the server's name. */
  static of(folder: string, server: string, instance: number): ServerLog {
    return new ServerLog(folder, instance === 1 ? server : `${server}.${instance}`);
  }

  /** Makes the file, empty. */
  constructor(folder: string, server: string) {
    this.path = join(folder, `${server.replaceAll(/[^\w.-]/g, "_")}.log`);
    closeSync(openSync(this.path, "w"));
  }

  /** The last 20 lines (at most 8 KiB), without an end of line; "" for an empty or removed file. */
  tail(): string {
    return this.read((size) => Math.max(0, size - tailBytes))
      .trimEnd()
      .split("\n")
      .slice(-tailLines)
      .join("\n");
  }

  /** Everything so far from a byte on; "" for a removed file. */
  textFrom(start: number): string {
    return this.read(() => start);
  }

  /** Removes the file when nothing was printed. */
  removeIfEmpty(): void {
    try {
      if (statSync(this.path).size === 0) unlinkSync(this.path);
    } catch {
      // Removed by somebody else: what was wanted.
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
