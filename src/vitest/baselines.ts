/** Results that later runs are compared with, beside the test file, as vitest keeps snapshots. */
import { createHash } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { exitStatus, UserError } from "../base/errors.ts";
import { writeResult } from "../results/files/write.ts";
import type { RunResult } from "../results/result.ts";

const longest = 80;

/**
 * The folder of a test's baseline: `__baselines__/chat.test.ts/holds-2000-clients`.
 *
 * @param name of the test: another one has another folder
 */
export function baselineFolder(testFile: string, name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9._]+/g, "-").slice(0, longest);
  const isExact = /^[A-Za-z0-9]+(?: [A-Za-z0-9]+)*$/.test(name) && name.length <= longest;
  const mark = createHash("sha256").update(name).digest("hex").slice(0, 6);
  const folder = isExact ? plain : `${plain.replaceAll(/^[-.]+|[-.]+$/g, "")}-${mark}`;
  return join(dirname(testFile), "__baselines__", basename(testFile), folder);
}

/** The files of a baseline, in their order; empty: there is none. */
export function baselineFiles(folder: string): readonly string[] {
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  return names
    .filter((name) => /^\d+\.json$/.test(name))
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
    .map((name) => join(folder, name));
}

/**
 * Puts results in the place of a baseline.
 *
 * @throws UserError where the folder cannot be written
 */
export function writeBaseline(folder: string, results: readonly RunResult[]): void {
  const written = results.map((result, index) => {
    const file = join(folder, `${index + 1}.json`);
    const { warning } = writeResult(result, file, process.cwd());
    if (warning !== null) throw new UserError(warning, exitStatus.internal);
    return file;
  });
  for (const file of baselineFiles(folder)) if (!written.includes(file)) rmSync(file);
}
