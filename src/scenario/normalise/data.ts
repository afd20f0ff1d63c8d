import { extname, resolve } from "node:path";
import { UserError } from "../../base/errors.ts";
import { messagesOf } from "../../messages/create-message.ts";
import type { DataFormat, DataSet, DataSpec } from "../../messages/data/data-set.ts";
import { loadRows } from "../../messages/data/load-rows.ts";
import { bytesOfColumns } from "../../messages/data/row-store.ts";
import type { MessageSpec } from "../../messages/spec.ts";
import { isBuiltInName } from "../../messages/template/compile.ts";
import { namedColumns } from "../../messages/template/template-message.ts";
import { type DataInput, dataSchema } from "../schema/data.ts";
import type { Diagnostics } from "../source/diagnostics.ts";
import { besideFile } from "../source/include.ts";
import type { Path } from "../source/tree.ts";
import { attempt, type ReadData } from "./context.ts";

const formats: Readonly<Record<string, DataFormat>> = {
  ".csv": "csv",
  ".tsv": "tsv",
  ".jsonl": "jsonl",
  ".ndjson": "jsonl",
  ".txt": "lines",
};

/** Reads every file, to see that its rows can be used. */
export function normaliseData(
  inputs: Readonly<Record<string, unknown>>,
  diagnostics: Diagnostics,
): ReadData {
  const sets: DataSet[] = [];
  const specs: DataSpec[] = [];
  const unread = new Set<string>();
  for (const [name, input] of Object.entries(inputs)) {
    const parsed = dataSchema.safeParse(input);
    const read = parsed.success ? readOne(name, parsed.data, ["data", name], diagnostics) : null;
    if (read === null) unread.add(name);
    else {
      sets.push(read.set);
      specs.push(read.spec);
    }
  }
  return { sets, specs, unread };
}

function readOne(
  name: string,
  input: DataInput,
  path: Path,
  diagnostics: Diagnostics,
): { readonly set: DataSet; readonly spec: DataSpec } | null {
  if (isBuiltInName(name)) {
    const message = `the name "${name}" has a meaning of its own in messages; choose another`;
    diagnostics.key(path, message);
    return null;
  }
  const at = [...path, "file"];
  const shown = besideFile(input.file, diagnostics.at(at).file);
  const format = input.format ?? formats[extname(shown).toLowerCase()];
  if (format === undefined) {
    const message = `what this file holds does not follow from its name: give format: csv, tsv, jsonl or lines`;
    diagnostics.value(at, message);
    return null;
  }
  const before = diagnostics.problems.length;
  if (input.delimiter !== undefined && format !== "csv") {
    diagnostics.key([...path, "delimiter"], `delimiter is for csv, and the format is ${format}`);
  }
  if (input.columns !== undefined && format !== "csv" && format !== "tsv") {
    diagnostics.key(
      [...path, "columns"],
      `columns is for csv and tsv, and the format is ${format}`,
    );
  }
  const { columns: header = null, delimiter = ",", order = "sequential" } = input;
  const twice = header?.find((column, index) => header.indexOf(column) < index);
  if (twice !== undefined) {
    diagnostics.value([...path, "columns"], `"${twice}" is there twice`);
  }
  if (diagnostics.problems.length > before) return null;
  return attempt(diagnostics, at, () => {
    const source = { file: resolve(shown), format, delimiter, header };
    const { rows, sha256 } = described(shown, () => loadRows(source, null));
    const { count } = rows;
    return {
      set: { name, format, order, rows },
      spec: { name, ...source, order, columns: [], rows: count, bytes: 0, sha256 },
    };
  });
}

function described<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${file}: ${error.message}`);
  }
}

/** The data, with the columns that messages use. */
export function usedData(
  { specs, sets }: ReadData,
  messages: readonly MessageSpec[],
): readonly DataSpec[] {
  const named = messages
    .flatMap(messagesOf)
    .flatMap((spec) => (spec.kind === "template" ? namedColumns(spec) : []));
  return specs.map((spec, index) => {
    const { rows } = sets[index] as DataSet;
    const used = new Set(named.flatMap(([name, column]) => (name === spec.name ? [column] : [])));
    // A row of lines is named without its column.
    const all = used.has(null);
    const columns = rows.columns.filter((column) => all || used.has(column));
    return { ...spec, columns, bytes: bytesOfColumns(rows, columns) };
  });
}
