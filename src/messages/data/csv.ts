import Papa from "papaparse";
import { UserError } from "../../base/errors.ts";
import { formatAmount } from "../../base/units.ts";
import { checkColumns, columnIndexes } from "./columns.ts";
import type { Rows } from "./data-set.ts";
import { linesIn, type RowsFile, type RowsReader } from "./reader.ts";
import { RowStore } from "./row-store.ts";

interface Parsed {
  readonly data: readonly (readonly string[])[];
  readonly errors: readonly { readonly code: string; readonly index: number }[];
  readonly meta: { readonly cursor: number };
}

/** CSV and TSV: RFC 4180, with either kind of line ends. */
export function createCsvReader(
  { format, delimiter, header }: RowsFile,
  wanted: readonly string[] | null,
  bytes: number,
): RowsReader {
  return new CsvReader(format === "tsv" ? "\t" : delimiter, header, wanted, bytes);
}

class CsvReader implements RowsReader {
  readonly encoding = "utf8";
  readonly #delimiter: string;
  readonly #given: readonly string[] | null;
  readonly #wanted: readonly string[] | null;
  readonly #bytes: number;
  #newline: "\n" | "\r\n" | null = null;
  /** How many cells a row has; 0: the header has not come yet. */
  #columns = 0;
  #indexes: readonly number[] = [];
  #store = new RowStore([]);
  #count = 0;

  constructor(
    delimiter: string,
    header: readonly string[] | null,
    wanted: readonly string[] | null,
    bytes: number,
  ) {
    this.#delimiter = delimiter;
    this.#given = header;
    this.#wanted = wanted;
    this.#bytes = bytes;
    if (header !== null) this.#begin(header);
  }

  read(text: string, line: number, isLast: boolean): number {
    this.#newline ??= firstLineEnd(text);
    const { data, errors, meta } = this.#parse(text, !isLast);
    const [error] = errors;
    if (error !== undefined) {
      const at = line + linesIn(text.slice(0, error.index));
      const isOpen = error.code === "MissingQuotes";
      throw new UserError(
        `line ${at}: ${isOpen ? "a quotation mark without its end" : 'a quotation mark within a quoted cell is written twice, as in "a ""b"" c"'}`,
      );
    }
    const lineOf = (index: number) => line + linesIn(text.slice(0, this.#startOf(index, text)));
    for (const [index, row] of data.entries()) {
      // An empty line, such as after the last one.
      if (row.length === 1 && row[0] === "") continue;
      if (this.#columns === 0) this.#header(row, () => lineOf(index));
      else this.#row(row, () => lineOf(index));
    }
    return isLast ? text.length : meta.cursor;
  }

  get rows(): Rows {
    if (this.#columns === 0) throw new UserError("this is empty: the first line names the columns");
    if (this.#count === 0) {
      const why = this.#given === null ? "it has names of columns, and no row" : "there is no row";
      throw new UserError(`this is empty: ${why}`);
    }
    return this.#store.rows;
  }

  #begin(columns: readonly string[]): void {
    this.#columns = columns.length;
    this.#indexes = columnIndexes(columns, this.#wanted);
    this.#store = new RowStore(
      this.#indexes.map((index) => columns[index] as string),
      this.#bytes,
    );
  }

  #header(row: readonly string[], line: () => number): void {
    const columns = row.map((name) => name.trim());
    checkColumns(columns, `line ${line()}`);
    this.#begin(columns);
  }

  #row(row: readonly string[], line: () => number): void {
    const last = row.at(-1) as string;
    if (row.length !== this.#columns) {
      const cells = formatAmount(row.length, "cell");
      const columns = formatAmount(this.#columns, "column");
      const names = this.#given === null ? "the first line" : "`columns`";
      throw new UserError(`line ${line()}: ${cells}, where ${names} names ${columns}`);
    }
    if (this.#newline === "\n" && last.endsWith("\r")) {
      throw new UserError(`line ${line()}: this line ends with CR LF, the first one with LF alone`);
    }
    this.#count++;
    const indexes = this.#indexes;
    for (let i = 0; i < indexes.length; i++) {
      this.#store.add(row[indexes[i] as number] as string, "utf8");
    }
  }

  #parse(text: string, ignoreLastRow: boolean): Parsed {
    return this.#parser({}).parse(text, 0, ignoreLastRow);
  }

  #parser(options: Papa.ParseConfig): Papa.Parser {
    const newline = this.#newline ?? "\n";
    return new Papa.Parser({ ...options, delimiter: this.#delimiter, newline });
  }

  /** Where a row begins in a text that has been parsed. */
  #startOf(index: number, text: string): number {
    if (index === 0) return 0;
    const { meta }: Parsed = this.#parser({ preview: index, fastMode: false }).parse(
      text,
      0,
      false,
    );
    return meta.cursor;
  }
}

/** How the first line that ends outside of quotation marks does; null: none does. */
function firstLineEnd(text: string): "\n" | "\r\n" | null {
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') isQuoted = !isQuoted;
    else if (text[at] === "\n" && !isQuoted) return text[at - 1] === "\r" ? "\r\n" : "\n";
  }
  return null;
}
