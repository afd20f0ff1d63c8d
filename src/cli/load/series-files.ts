import { resultPath } from "../../results/files/result-path.ts";

/** Where the files of a series go: one stem, so that one pattern matches them all. */
export interface SeriesFiles {
  /** `<stem>.json` */
  readonly single: string;
  /** Of run 1, 2, ...: `<stem>-1.json`. */
  readonly run: (number: number) => string;
  /** `<stem>-summary.json`, or with another last word. */
  readonly beside: (word: string) => string;
}

/**
 * `--out base.json` makes base-1.json, base-2.json, ..., base-summary.json; a directory, or nothing,
 * `<name>-<UTC time>-1.json` and so on.
 *
 * @param startedAt of the series
 */
export function seriesFiles(
  name: string,
  startedAt: Date,
  out: string | null,
  cwd: string,
): SeriesFiles {
  const stem = resultPath(name, startedAt, out, cwd).replace(/\.json$/i, "");
  const beside = (word: string) => `${stem}-${word}.json`;
  return { single: `${stem}.json`, run: (number) => beside(String(number)), beside };
}
