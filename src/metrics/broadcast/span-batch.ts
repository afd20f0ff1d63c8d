import { span, spanColumns } from "./span-rows.ts";

/**
 * The rows (span-rows.ts) of what was heard since the last time they were taken, one for each
 * datagram as a rule.
 *
 * A datagram whose place in the index another one has taken gets a second row, which whoever collects
 * the rows merges: nothing is lost, whatever the order.
 */
export class SpanBatch {
  readonly #rows: Float64Array;
  /** By a hash of the datagram: the number of its row, or one that does not hold it. */
  readonly #index: Uint32Array;
  #used = 0;

  /** @param rows room for as many; a power of two */
  constructor(rows: number) {
    this.#rows = new Float64Array(rows * spanColumns);
    this.#index = new Uint32Array(rows);
  }

  /** Whether the next datagram may find no room. */
  get isFull(): boolean {
    return this.#used === this.#index.length;
  }

  get isEmpty(): boolean {
    return this.#used === 0;
  }

  /**
   * A receiver has the datagram; there must be room.
   *
   * @cost some 10 ns, no allocation
   */
  add(sender: number, sequence: number, phase: number, sentNs: number, nowNs: number): void {
    const rows = this.#rows;
    const place = (sender * 7919 + sequence) % this.#index.length;
    const row = this.#index[place] as number;
    const known = row * spanColumns;
    if (
      row < this.#used &&
      rows[known + span.sequence] === sequence &&
      rows[known + span.sender] === sender
    ) {
      if (nowNs < (rows[known + span.firstNs] as number)) rows[known + span.firstNs] = nowNs;
      if (nowNs > (rows[known + span.lastNs] as number)) rows[known + span.lastNs] = nowNs;
      rows[known + span.receivers] = (rows[known + span.receivers] as number) + 1;
      return;
    }
    const at = this.#used * spanColumns;
    this.#index[place] = this.#used++;
    rows[at + span.sender] = sender;
    rows[at + span.sequence] = sequence;
    rows[at + span.phase] = phase;
    rows[at + span.sentNs] = sentNs;
    rows[at + span.firstNs] = nowNs;
    rows[at + span.lastNs] = nowNs;
    rows[at + span.receivers] = 1;
  }

  /** The rows, which belong to the caller; the batch begins again from none. */
  take(): Float64Array {
    const rows = this.#rows.slice(0, this.#used * spanColumns);
    this.#used = 0;
    return rows;
  }
}
