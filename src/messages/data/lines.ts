import { UserError } from "../../base/errors.ts";
import type { RowsFile, RowsReader } from "./reader.ts";
import { RowStore } from "./row-store.ts";

/** The column of rows that are lines. */
const lineColumn = "line";

/** Each line is a row, whatever bytes it has; empty lines are left out. */
export function createLinesReader(
  _file: RowsFile,
  _wanted: readonly string[] | null,
  bytes: number,
): RowsReader {
  const store = new RowStore([lineColumn], bytes);
  let count = 0;
  return {
    encoding: "latin1",
    read(text, _line, isLast) {
      const end = isLast ? text.length : text.lastIndexOf("\n") + 1;
      for (const line of text.slice(0, end).split("\n")) {
        const row = line.endsWith("\r") ? line.slice(0, -1) : line;
        if (row === "") continue;
        store.add(row, "latin1");
        count++;
      }
      return end;
    },
    get rows() {
      if (count === 0) throw new UserError("this is empty: each line that is not empty is a row");
      return store.rows;
    },
  };
}
