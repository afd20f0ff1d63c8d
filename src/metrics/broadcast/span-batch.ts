import { span, spanColumns } from "./span-rows.ts";

/**
 * The rows (span-rows.ts) of what was received since they were last taken, usually one per datagram.
 *
 * A datagram whose place in the index was taken by another one gets a second row. The collector merges
 * the rows, so nothing is missing, whatever the order.
 */
export class SpanBatch {
  readonly #rows: Float64Array;
  /** By a hash of the datagram: the number of its row, or of a row of another datagram. */
  readonly #index: Uint32Array;
  #used = 0;

  /** @param rows capacity in rows; a power of two */
  constructor(rows: number) {
    this.#rows = new Float64Array(rows * spanColumns);
    this.#index = new Uint32Array(rows);
  }

  /** Whether there may be no room for the next datagram. */
  get isFull(): boolean {
    return this.#used === this.#index.length;
  }

  get isEmpty(): boolean {
    return this.#used === 0;
  }

  /**
   * Records that a receiver has the datagram; there must be room.
   *
   * @param disturbed 1 where its thread had paused since it was sent, else 0
   * @cost some 10 ns, no allocation
   */
  add(
    sender: number,
    sequence: number,
    phase: number,
    sentNs: number,
    nowNs: number,
    disturbed: 0 | 1 = 0,
  ): void {
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
      rows[known + span.disturbed] = (rows[known + span.disturbed] as number) + disturbed;
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
    rows[at + span.disturbed] = disturbed;
  }

  /** Returns the rows, which the caller owns, and empties the batch. */
  take(): Float64Array {
    const rows = this.#rows.slice(0, this.#used * spanColumns);
    this.#used = 0;
    return rows;
  }
}
