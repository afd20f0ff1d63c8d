import { bucketCount, bucketOf } from "./buckets.ts";
import type { SparseCounts } from "./snapshot.ts";
import { sparseOf } from "./sparse-counts.ts";

/** One histogram that is being recorded; 130 KiB. A worker's recorder (recorder.ts) has eight of its own instead. */
export class TimeCounts {
  readonly #buckets = new Uint32Array(bucketCount);
  #count = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;
  #sum = 0;
  #sumOfSquares = 0;

  /**
   * @param ns floored; negative values count as 0, values over an hour go to the last bucket
   * @cost     about 10 ns, no allocation
   */
  record(ns: number): void {
    const value = ns > 0 ? Math.floor(ns) : 0;
    const bucket = bucketOf(value);
    this.#buckets[bucket] = (this.#buckets[bucket] as number) + 1;
    this.#count++;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    this.#sum += value;
    this.#sumOfSquares += value * value;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Returns all that was recorded and starts again from zero; the caller owns the arrays. */
  take(): SparseCounts {
    const counts = this.#of(this.#span());
    this.#count = 0;
    this.#min = Number.POSITIVE_INFINITY;
    this.#max = 0;
    this.#sum = 0;
    this.#sumOfSquares = 0;
    return counts;
  }

  /** Returns all that was recorded; the caller owns the arrays. */
  counts(): SparseCounts {
    return this.#of(this.#span().slice());
  }

  /** The exact minimum and maximum bound the buckets that can be non-empty. */
  #span(): Uint32Array {
    if (this.isEmpty) return this.#buckets.subarray(0, 0);
    return this.#buckets.subarray(bucketOf(this.#min), bucketOf(this.#max) + 1);
  }

  #of(span: Uint32Array): SparseCounts {
    return {
      ...sparseOf(span, this.isEmpty ? 0 : bucketOf(this.#min)),
      count: this.#count,
      min: this.#min,
      max: this.#max,
      sum: this.#sum,
      sumOfSquares: this.#sumOfSquares,
    };
  }
}
