import { UserError } from "../../base/errors.ts";
import type { Rows } from "./data-set.ts";

/** Offsets have 32 bits. */
const mostBytes = 2 ** 32 - 1;

/** Collects the cells of rows, one after the other, in buffers that grow. */
export class RowStore {
  readonly #columns: readonly string[];
  #bytes = Buffer.alloc(1 << 16);
  #offsets = new Uint32Array(1 << 12);
  #cells = 0;
  #end = 0;

  constructor(columns: readonly string[]) {
    this.#columns = columns;
  }

  /** Adds the next cell: of each row as many as there are columns, in their order. */
  add(cell: string, encoding: "utf8" | "latin1"): void {
    const most = encoding === "utf8" ? 3 * cell.length : cell.length;
    if (this.#end + most > this.#bytes.length) this.#grow(most);
    this.#end += this.#bytes.write(cell, this.#end, encoding);
    if (++this.#cells === this.#offsets.length) {
      const offsets = new Uint32Array(2 * this.#cells);
      offsets.set(this.#offsets);
      this.#offsets = offsets;
    }
    this.#offsets[this.#cells] = this.#end;
  }

  #grow(by: number): void {
    if (this.#end + by > mostBytes) throw new UserError("more than 4 GiB of cells");
    const bytes = Buffer.alloc(
      Math.min(mostBytes, Math.max(2 * this.#bytes.length, this.#end + by)),
    );
    this.#bytes.copy(bytes, 0, 0, this.#end);
    this.#bytes = bytes;
  }

  /** The rows, in memory of their exact size. */
  get rows(): Rows {
    const bytes = new SharedArrayBuffer(this.#end);
    Buffer.from(bytes).set(this.#bytes.subarray(0, this.#end));
    const offsets = new SharedArrayBuffer(4 * (this.#cells + 1));
    new Uint32Array(offsets).set(this.#offsets.subarray(0, this.#cells + 1));
    const columns = this.#columns;
    return { columns, count: this.#cells / columns.length, bytes, offsets };
  }
}
