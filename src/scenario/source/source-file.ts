import { closeSync, openSync, readSync, statSync } from "node:fs";
import { UserError } from "../../base/errors.ts";
import { describingErrors } from "../../base/files/user-file.ts";

const standardInput = 0;

/**
 * Reads the whole of a file that a user has named.
 *
 * @param mostBytes a longer one is refused after that many bytes: it may be endless
 * @param kind      "regular": nothing else is opened, as opening a pipe may block forever;
 *                  "any": also pipes, as in `slash8 load <(make-scenario)`
 * @throws          UserError that does not repeat the path: missing, a directory, not readable, too
 *                  large
 */
export function readUserFile(path: string, mostBytes: number, kind: "regular" | "any"): Buffer {
  return describingErrors(() => {
    const status = statSync(path);
    if (status.isDirectory()) throw new UserError("this is a directory, not a file");
    if (kind === "regular" && !status.isFile()) throw new UserError("this is not a regular file");
    const descriptor = openSync(path, "r");
    try {
      return readWhole(descriptor, mostBytes);
    } finally {
      closeSync(descriptor);
    }
  });
}

/** Checks that there is a regular file, without reading it; errors as `readUserFile`. */
export function checkUserFile(path: string): void {
  describingErrors(() => {
    if (!statSync(path).isFile()) throw new UserError("this is not a regular file");
  });
}

/** Reads standard input to its end; limits and errors as `readUserFile`. */
export function readStandardInput(mostBytes: number): Buffer {
  return describingErrors(() => readWhole(standardInput, mostBytes));
}

/** The text without a byte order mark. Throws a UserError when the bytes are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const isUtf16 =
      (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
    throw new UserError(
      `this is not UTF-8 text${isUtf16 ? ", but UTF-16" : ""}; save it in the encoding UTF-8`,
    );
  }
}

function readWhole(descriptor: number, mostBytes: number): Buffer {
  const chunks: Buffer[] = [];
  let total = 0;
  while (total <= mostBytes) {
    const chunk = Buffer.allocUnsafe(64 * 1024);
    const count = readSome(descriptor, chunk);
    if (count === 0) return Buffer.concat(chunks, total);
    chunks.push(chunk.subarray(0, count));
    total += count;
  }
  throw new UserError(`this is larger than ${mostBytes} bytes, the most that is read`);
}

function readSome(descriptor: number, into: Buffer): number {
  for (;;) {
    try {
      return readSync(descriptor, into);
    } catch (error) {
      // Standard input may have been left in non-blocking mode by another process that has it open.
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}
