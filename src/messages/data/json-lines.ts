import { UserError } from "../../base/errors.ts";
import { columnIndexes } from "./columns.ts";
import type { RowsFile, RowsReader } from "./reader.ts";
import { RowStore } from "./row-store.ts";

/** JSON Lines: each line is an object; the keys of the first one are the columns. Empty lines are left out. */
export function createJsonLinesReader(
  _file: RowsFile,
  wanted: readonly string[] | null,
  bytes: number,
): RowsReader {
  let columns: readonly string[] = [];
  let store: RowStore | null = null;
  const begin = (row: object) => {
    const known = Object.keys(row);
    if (known.length === 0) throw new UserError("line 1: this object has no keys");
    columns = columnIndexes(known, wanted).map((index) => known[index] as string);
    return new RowStore(columns, bytes);
  };
  return {
    encoding: "utf8",
    read(text, firstLine, isLast) {
      const end = isLast ? text.length : text.lastIndexOf("\n") + 1;
      let line = firstLine;
      for (const written of text.slice(0, end).split("\n")) {
        if (written.trim() !== "") {
          const row = objectOf(written, line);
          store ??= begin(row);
          for (const column of columns) store.add(cellOf(row, column, line), "utf8");
        }
        line++;
      }
      return end;
    },
    get rows() {
      if (store === null) throw new UserError("this is empty: each line is a JSON object");
      return store.rows;
    },
  };
}

type JsonObject = Readonly<Record<string, unknown>>;

function objectOf(text: string, line: number): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError(`line ${line}: this is not JSON: ${(error as SyntaxError).message}`);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as JsonObject;
  }
  throw new UserError(`line ${line}: each line is a JSON object, as in {"name": "Jo"}`);
}

function cellOf(row: JsonObject, column: string, line: number): string {
  if (!Object.hasOwn(row, column)) {
    throw new UserError(`line ${line}: there is no "${column}", which the first line has`);
  }
  const value = row[column];
  if (typeof value === "string") return value;
  if (value === null) return "";
  // What JavaScript has read is not what is written there.
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new UserError(`line ${line}: "${column}" is a number over 2^53: write it as a text`);
  }
  return JSON.stringify(value);
}
