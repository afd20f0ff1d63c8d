/** Where the next row is taken from. */
export const rowOrders = ["sequential", "random", "oncePerConnection"] as const;
export type RowOrder = (typeof rowOrders)[number];

export const dataFormats = ["csv", "tsv", "jsonl", "lines"] as const;
export type DataFormat = (typeof dataFormats)[number];

/** Rows of a file, as plain data: a scenario's `data` has these (scenario/scenario.ts). */
export interface DataSpec {
  readonly name: string;
  /** Absolute path. */
  readonly file: string;
  readonly format: DataFormat;
  /** csv: what stands between two cells. */
  readonly delimiter: string;
  /** csv, tsv: the columns, where the file does not begin with their names; null: it does. */
  readonly header: readonly string[] | null;
  readonly order: RowOrder;
  /** Columns that messages use; others are not kept. */
  readonly columns: readonly string[];
  readonly rows: number;
  /** Memory that those columns take in each agent process. */
  readonly bytes: number;
  /** Of the file as it was when the scenario was read, hex. */
  readonly sha256: string;
}

/**
 * The cells of rows in one buffer, row after row: cell `i = row * columns + column` is the bytes from `offsets[i]` to
 * `offsets[i + 1] - 1`. A row costs its bytes and 4 bytes a column, and no object.
 */
export interface Rows {
  readonly columns: readonly string[];
  readonly count: number;
  /** Shared by all threads of a process. What is behind the last cell has no meaning. */
  readonly bytes: SharedArrayBuffer;
  /** Unsigned, 32 bits: `count * columns.length + 1`, and others without a meaning. */
  readonly offsets: SharedArrayBuffer;
}

/** What messages take rows from. */
export interface DataSet {
  readonly name: string;
  readonly format: DataFormat;
  readonly order: RowOrder;
  readonly rows: Rows;
}

export type DataSets = readonly DataSet[];
