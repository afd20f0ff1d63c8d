import { readdirSync } from "node:fs";
import { basename, dirname } from "node:path";
import { Leases } from "../../machine/leases.ts";
import { namesFile, resultPath } from "../../results/files/result-path.ts";

/** Where the files of a series go: one stem, so that one pattern matches them all. */
export interface SeriesFiles {
  /** `<stem>.json` */
  readonly single: string;
  /** Of run 1, 2, ...: `<stem>-1.json`. */
  readonly run: (number: number) => string;
  /** `<stem>-summary.json`, or with another last word. */
  readonly beside: (word: string) => string;
}

/** Held until the process ends: files of a series are written to its end. */
const leases = new Leases();

/**
 * `--out base.json` makes base-1.json, base-2.json, ..., base-summary.json; a directory, or nothing,
 * `<name>-<UTC time>-1.json` and so on.
 *
 * A name of ours stands for one series alone: of two that begin in the same millisecond one takes the next.
 *
 * @param startedAt of the series
 */
export async function seriesFiles(
  name: string,
  startedAt: Date,
  out: string | null,
  cwd: string,
): Promise<SeriesFiles> {
  const stemAt = (time: Date) => resultPath(name, time, out, cwd).replace(/\.json$/i, "");
  let stem = stemAt(startedAt);
  for (let ms = 1; !namesFile(out, cwd) && !(await isOurs(stem)); ms++) {
    stem = stemAt(new Date(startedAt.getTime() + ms));
  }
  const beside = (word: string) => `${stem}-${word}.json`;
  return { single: `${stem}.json`, run: (number) => beside(String(number)), beside };
}

/** Whether no other series has the stem, or has had it. */
async function isOurs(stem: string): Promise<boolean> {
  return (await leases.takeFile(stem)) !== "held" && !isUsed(stem);
}

function isUsed(stem: string): boolean {
  try {
    return readdirSync(dirname(stem)).some((name) => name.startsWith(`${basename(stem)}-`));
  } catch {
    // The folder is still to be made, or is none: writing there will fail then.
    return false;
  }
}
