import { execFile } from "node:child_process";
import { closeSync, openSync, readFileSync, readSync } from "node:fs";

/**
 * Returns the text of a file in /proc or /sys; null where it does not exist or may not be read.
 *
 * @throws never: a fact that is not available is null, and its reader reports "unknown"
 */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

/**
 * Returns the first bytes of such a file, fewer than asked for where the kernel hands out fewer at once.
 *
 * @throws never, as readText
 */
export function readStart(path: string, bytes: number): string | null {
  try {
    const file = openSync(path, "r");
    try {
      const chunk = Buffer.alloc(bytes);
      return chunk.toString("utf8", 0, readSync(file, chunk, 0, bytes, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return null;
  }
}

/** Returns the integer at the start of a file; null where there is none ("max" in control groups). */
export function readNumber(path: string): number | null {
  const match = /^\s*(\d+)/.exec(readText(path) ?? "");
  return match === null ? null : Number(match[1]);
}

/**
 * Returns a program's standard output; null where the program is missing, fails or takes over 5 s.
 *
 * @throws never
 */
export function commandOutput(file: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(file, args, { timeout: 5000, maxBuffer: 64 << 20 }, (error, stdout) => {
      // netstat and lsof exit with 1 after complete output if one of many files was not readable.
      resolve(error === null || stdout !== "" ? stdout : null);
    });
  });
}
