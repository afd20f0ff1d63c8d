import { UserError } from "../../base/errors.ts";
import type { Rows } from "./data-set.ts";

/** Offsets have 32 bits. */
const mostBytes = 2 ** 32 - 1;

/** Collects the cells of rows, one after the other, in memory that threads may share. */
export class RowStore {
  readonly #columns: readonly string[];
  #bytes: Buffer<SharedArrayBuffer>;
  #offsets = new Uint32Array(new SharedArrayBuffer(1 << 14));
  #cells = 0;
  #end = 0;

  /** @param likelyBytes of all cells together; what is not used of it takes no memory, as the system sees it */
  constructor(columns: readonly string[], likelyBytes = 0) {
    this.#columns = columns;
    this.#bytes = Buffer.from(new SharedArrayBuffer(Math.max(1 << 10, likelyBytes)));
  }

  /** Adds the next cell: of each row as many as there are columns, in their order. */
  add(cell: string, encoding: "utf8" | "latin1"): void {
    // A character takes three bytes at most: they are counted only where that might not fit.
    if (this.#end + 3 * cell.length > this.#bytes.length) {
      const bytes = Buffer.byteLength(cell, encoding);
      if (this.#end + bytes > this.#bytes.length) this.#grow(this.#end + bytes);
    }
    this.#end += this.#bytes.write(cell, this.#end, encoding);
    if (++this.#cells === this.#offsets.length) {
      const offsets = new Uint32Array(new SharedArrayBuffer(8 * this.#cells));
      offsets.set(this.#offsets);
      this.#offsets = offsets;
    }
    this.#offsets[this.#cells] = this.#end;
  }

  #grow(least: number): void {
    if (least > mostBytes) throw new UserError("more than 4 GiB of cells");
    const length = Math.min(mostBytes, Math.max(least, 2 * this.#bytes.length));
    const bytes = Buffer.from(new SharedArrayBuffer(length));
    bytes.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = bytes;
  }

  get rows(): Rows {
    const columns = this.#columns;
    const { buffer: bytes } = this.#bytes;
    const { buffer: offsets } = this.#offsets;
    return { columns, count: this.#cells / columns.length, bytes, offsets };
  }
}

/** Memory that some columns of rows take by themselves. */
export function bytesOfColumns(rows: Rows, columns: readonly string[]): number {
  const { count, columns: all } = rows;
  const offsets = new Uint32Array(rows.offsets, 0, count * all.length + 1);
  let bytes = 4 * count * columns.length;
  for (const column of columns) {
    for (let cell = all.indexOf(column); cell < offsets.length - 1; cell += all.length) {
      bytes += (offsets[cell + 1] as number) - (offsets[cell] as number);
    }
  }
  return bytes;
}
