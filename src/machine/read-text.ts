import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * The text of a file of /proc or /sys, or null where it does not exist or must not be read.
 *
 * @throws never: a fact that cannot be had is null, and its reader says "unknown"
 */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

/** The first whole number in a file; null where there is none ("max" in control groups). */
export function readNumber(path: string): number | null {
  const match = /^\s*(\d+)/.exec(readText(path) ?? "");
  return match === null ? null : Number(match[1]);
}

/**
 * What a program prints on standard output; null where it is missing, fails or takes over 5 s.
 *
 * @throws never
 */
export function commandOutput(file: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(file, args, { timeout: 5000, maxBuffer: 64 << 20 }, (error, stdout) => {
      // netstat and lsof exit 1 with a full answer, when one of many files was not readable.
      resolve(error === null || stdout !== "" ? stdout : null);
    });
  });
}
