import { mergeSpan, span, spanColumns } from "./span-rows.ts";

/** Rows that are kept at once, over all senders: 15 MB. */
const mostRows = 1 << 18;

const none = -1;

/**
 * Merges what several threads and processes received of each datagram, exactly, in bounded memory.
 *
 * The last datagrams of each sender are kept in a window, together `mostRows` rows. A datagram's row is
 * handed out when the window has moved past it, or at the end. Until then rows of it merge, whatever their
 * origin and order. A row that arrives after that cannot be merged; it is counted instead, so that an
 * inexact result is not taken for exact.
 */
export class SpanCollector {
  readonly #window: number;
  readonly #rows: Float64Array;
  readonly #handOut: (rows: Float64Array, at: number) => void;
  #late = 0;

  /**
   * @param senders integer, 1 to 65,536
   * @param handOut receives the row that starts at `at` of the array, which is overwritten after the call
   */
  constructor(senders: number, handOut: (rows: Float64Array, at: number) => void) {
    this.#window = 2 ** Math.floor(Math.log2(mostRows / senders));
    this.#rows = new Float64Array(senders * this.#window * spanColumns);
    for (let at = span.sequence; at < this.#rows.length; at += spanColumns) this.#rows[at] = none;
    this.#handOut = handOut;
  }

  /** Rows that arrived too late to be merged. */
  get late(): number {
    return this.#late;
  }

  /** @param rows as returned by SpanBatch.take(); sender numbers are below `senders` */
  add(rows: Float64Array): void {
    for (let from = 0; from < rows.length; from += spanColumns) this.#addRow(rows, from);
  }

  /** Hands out all remaining rows. */
  end(): void {
    for (let at = 0; at < this.#rows.length; at += spanColumns) {
      if (this.#rows[at + span.sequence] === none) continue;
      this.#handOut(this.#rows, at);
      this.#rows[at + span.sequence] = none;
    }
  }

  #addRow(rows: Float64Array, from: number): void {
    const sequence = rows[from + span.sequence] as number;
    const place = (rows[from + span.sender] as number) * this.#window + (sequence % this.#window);
    const at = place * spanColumns;
    const held = this.#rows[at + span.sequence] as number;
    if (held === sequence) {
      mergeSpan(this.#rows, at, rows, from);
    } else if (sequence < held) {
      this.#late++;
    } else {
      if (held !== none) this.#handOut(this.#rows, at);
      for (let column = 0; column < spanColumns; column++) {
        this.#rows[at + column] = rows[from + column] as number;
      }
    }
  }
}
