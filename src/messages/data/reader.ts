import type { DataSpec, Rows } from "./data-set.ts";

/** What is needed to read a file. */
export type RowsFile = Pick<DataSpec, "file" | "format" | "delimiter" | "header">;

/** Takes the text of a file in pieces. Line numbers count from 1. */
export interface RowsReader {
  readonly encoding: "utf8" | "latin1";
  /**
   * Reads the rows of a text that begins on line `line`, at the beginning of a row.
   *
   * @param isLast whether nothing follows; if not, the text ends with a line
   * @returns      how many characters were read: the rest, which may be the beginning of a row, comes again
   * @throws       UserError that begins with the number of the line
   */
  read(text: string, line: number, isLast: boolean): number;
  /** What has been read. @throws UserError where that is nothing */
  readonly rows: Rows;
}

/** How many line ends a text has. */
export function linesIn(text: string): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}
