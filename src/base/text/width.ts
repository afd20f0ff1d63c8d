import { createRequire } from "node:module";
import { packageFile } from "../package-file.ts";

/** Letters and signs of one column each: Latin, and what slash8 itself prints. No control and no combining characters. */
const oneColumnEach = /^[ -~\u00a1-\u00ac\u00ae-\u02ff\u2013\u2026\u2581-\u2591\u2713\u2717]*$/;

let whole: ((text: string) => number) | null = null;

/**
 * Returns the width of a text on a terminal, in columns: emoji and East Asian letters take two, styles none.
 *
 * string-width knows that for all texts. It takes 25 ms to load, and to compile its tables, so that it is loaded for
 * those texts only that have more than simple letters.
 */
export function textWidth(text: string): number {
  if (oneColumnEach.test(text)) return text.length;
  whole ??= (
    createRequire(packageFile("package.json"))("string-width") as {
      readonly default: (text: string) => number;
    }
  ).default;
  return whole(text);
}
