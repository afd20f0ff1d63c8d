import type { DataSet, Rows } from "../data/data-set.ts";
import type { MessageKey } from "../message.ts";
import type { Draws } from "./draws.ts";
import { copyRange, type Value } from "./value.ts";

/** Which row of a data set a message takes: the same one for all its placeholders. */
export class RowChoice {
  readonly set: DataSet;
  readonly varies: Value["varies"];
  readonly isRandom: boolean;
  readonly #draws: Draws;
  #row = 0;

  constructor(set: DataSet, draws: Draws) {
    const isConstant = set.rows.count === 1;
    this.set = set;
    this.#draws = draws;
    this.isRandom = !isConstant && set.order === "random";
    const byConnection = set.order === "oncePerConnection";
    this.varies = isConstant ? "never" : byConnection ? "byConnection" : "byMessage";
  }

  get row(): number {
    return this.#row;
  }

  begin(key: MessageKey): void {
    const { order, rows } = this.set;
    switch (order) {
      case "sequential":
        this.#row = key.number % rows.count;
        break;
      case "oncePerConnection":
        this.#row = key.connection % rows.count;
        break;
      case "random":
        this.#row = this.#draws.below(rows.count);
        break;
    }
  }
}

/** A cell of the row that the message takes. */
export function columnValue(choice: RowChoice, column: number): Value {
  const { rows } = choice.set;
  const bytes = Buffer.from(rows.bytes);
  const offsets = offsetsOf(rows);
  const columns = rows.columns.length;
  const [minBytes, maxBytes] = lengthsOf(offsets, columns, column);
  return {
    kind: "text",
    minBytes,
    maxBytes,
    varies: choice.varies,
    isDistinct: false,
    number: null,
    write(into, at) {
      const cell = choice.row * columns + column;
      return copyRange(bytes, offsets[cell] as number, offsets[cell + 1] as number, into, at);
    },
  };
}

/** The offsets that have a meaning. */
function offsetsOf({ offsets, count, columns }: Rows): Uint32Array {
  return new Uint32Array(offsets, 0, count * columns.length + 1);
}

/** The shortest and the longest cell of a column, bytes. */
function lengthsOf(offsets: Uint32Array, columns: number, column: number): [number, number] {
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (let cell = column; cell < offsets.length - 1; cell += columns) {
    const length = (offsets[cell + 1] as number) - (offsets[cell] as number);
    if (length < least) least = length;
    if (length > most) most = length;
  }
  return [least, most];
}
