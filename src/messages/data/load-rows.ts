import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { closeSync, readSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { UserError } from "../../base/errors.ts";
import { describingErrors, openUserFile } from "../../base/files/user-file.ts";
import { formatSize } from "../../base/units.ts";
import { createCsvReader } from "./csv.ts";
import type { DataFormat, Rows } from "./data-set.ts";
import { createJsonLinesReader } from "./json-lines.ts";
import { createLinesReader } from "./lines.ts";
import { linesIn, type RowsFile, type RowsReader } from "./reader.ts";

/** The largest file, in bytes: it is read for some ten seconds. */
const largestFile = 1024 ** 3;
/** So much is read at once. */
const blockBytes = 1024 ** 2;
/** The longest row, in bytes. */
const longestRow = 16 * 1024 ** 2;

export interface LoadedRows {
  readonly rows: Rows;
  /** Of the file, hex. */
  readonly sha256: string;
}

const readers: Readonly<
  Record<
    DataFormat,
    (file: RowsFile, wanted: readonly string[] | null, bytes: number) => RowsReader
  >
> = {
  csv: createCsvReader,
  tsv: createCsvReader,
  jsonl: createJsonLinesReader,
  lines: createLinesReader,
};

/**
 * Reads the rows of a file into memory that threads may share.
 *
 * @param wanted the columns to keep; null: all
 * @throws       UserError that does not repeat the path
 * @cost         some 0.7 s for a million rows of 65 MB; beside the rows, 20 MB while it lasts
 */
export function loadRows(file: RowsFile, wanted: readonly string[] | null): LoadedRows {
  const steps = loading(file, wanted);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** As `loadRows`, but lets the event loop run meanwhile. */
export async function loadRowsInPieces(
  file: RowsFile,
  wanted: readonly string[] | null,
): Promise<LoadedRows> {
  const steps = loading(file, wanted);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await setImmediate();
  }
}

function* loading(
  file: RowsFile,
  wanted: readonly string[] | null,
): Generator<undefined, LoadedRows> {
  const { descriptor, bytes } = openUserFile(file.file);
  try {
    if (bytes > largestFile) {
      throw new UserError(
        `this has ${formatSize(bytes)}; at most ${formatSize(largestFile)} are read: give a part of it`,
      );
    }
    return yield* reading(descriptor, readers[file.format](file, wanted, bytes));
  } finally {
    closeSync(descriptor);
  }
}

function* reading(descriptor: number, reader: RowsReader): Generator<undefined, LoadedRows> {
  const hash = createHash("sha256");
  const { encoding } = reader;
  const block = Buffer.alloc(blockBytes);
  /** Bytes after the last line end that was read, and text that may be the beginning of a row. */
  let left = Buffer.alloc(0);
  let text = "";
  let line = 1;
  let total = 0;
  for (;;) {
    const count = describingErrors(() => readSync(descriptor, block));
    const isLast = count === 0;
    total += count;
    if (total > largestFile) throw new UserError("the file grows while it is read");
    hash.update(block.subarray(0, count));
    const bytes = Buffer.concat([left, block.subarray(0, count)]);
    const end = isLast ? bytes.length : bytes.lastIndexOf(0x0a) + 1;
    left = bytes.subarray(end);
    const lines = withoutMark(bytes.subarray(0, end), total === count);
    if (encoding === "utf8" && !isUtf8(lines)) throw notUtf8(lines, line + linesIn(text));
    text += lines.toString(encoding);
    const done = reader.read(text, line, isLast);
    line += linesIn(text.slice(0, done));
    text = text.slice(done);
    if (isLast) return { rows: reader.rows, sha256: hash.digest("hex") };
    if (left.length + text.length > longestRow) {
      throw new UserError(
        `line ${line}: a row longer than ${formatSize(longestRow)}; is there a quotation mark without its end?`,
      );
    }
    yield;
  }
}

/** Without the byte order mark that some editors write before the text. */
function withoutMark(bytes: Buffer, isFirst: boolean): Buffer {
  const mark = [0xef, 0xbb, 0xbf];
  return isFirst && mark.every((byte, at) => bytes[at] === byte) ? bytes.subarray(3) : bytes;
}

function notUtf8(bytes: Buffer, firstLine: number): UserError {
  let line = firstLine;
  for (let at = 0; at < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, at) + 1 || bytes.length;
    if (!isUtf8(bytes.subarray(at, end))) break;
    at = end;
  }
  return new UserError(`line ${line}: this is not UTF-8 text`);
}
