import { bucketCount, bucketOf } from "./buckets.ts";
import { DisturbedCounts } from "./disturbance/disturbed-counts.ts";
import {
  counters,
  type ErrorCount,
  type Phase,
  phase as phaseIndex,
  phases,
  type Side,
  type SparseCounts,
  type Tally,
  type Timing,
  timings,
} from "./snapshot.ts";
import { sparseOf } from "./sparse-counts.ts";
import { StatusCounts } from "./status-counts.ts";

/** Row of a histogram: two per timing, steady state first. */
const rows = 2 * timings.length;
/** Timings that do not depend on the phase, and have one row. */
const isOfAllPhases = timings.map((name) => ["connectTime", "tlsTime", "openTime"].includes(name));
/** Columns of `sums`, per row. */
const countAt = 0;
const minAt = 1;
const maxAt = 2;
const sumAt = 3;
const squaresAt = 4;
const columns = 5;

/** No second of any workload. */
const unused = -(2 ** 28);

/**
 * What a recorder has counted of one second since its last snapshot: counters, errors, and a histogram of Uint32
 * counts per timing, which cannot wrap within an interval, with Float64 sums, which are exact to 2^53.
 *
 * 1.9 MiB, of which the system provides what is touched, usually a tenth.
 */
export class SecondCounts {
  second = unused;
  /** As `Tally.counters`. */
  readonly counters = new Float64Array(phases.length * counters.length);
  /** Counts by [row * bucketCount + bucket]. */
  readonly #counts = new Uint32Array(rows * bucketCount);
  /** By [row * columns + column], ns. */
  readonly #sums = new Float64Array(rows * columns);
  readonly statuses = new StatusCounts();
  readonly #errors = new Map<string, ErrorCount>();
  /** Null until the first exchange is disturbed. */
  #disturbed: DisturbedCounts | null = null;

  constructor() {
    for (let row = 0; row < rows; row++) this.#clear(row);
  }

  /** @param valueBucket of `value`, an integer >= 0 */
  add(which: Timing, phase: Phase, value: number, valueBucket: number): void {
    const steady = phase === phaseIndex.steady || isOfAllPhases[which] === true;
    const row = 2 * which + (steady ? 0 : 1);
    const bucket = row * bucketCount + valueBucket;
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    const sums = this.#sums;
    const at = row * columns;
    sums[at + countAt] = (sums[at + countAt] as number) + 1;
    if (value < (sums[at + minAt] as number)) sums[at + minAt] = value;
    if (value > (sums[at + maxAt] as number)) sums[at + maxAt] = value;
    sums[at + sumAt] = (sums[at + sumAt] as number) + value;
    sums[at + squaresAt] = (sums[at + squaresAt] as number) + value * value;
  }

  error(code: string, side: Side, phase: Phase, by: number): void {
    const key = `${phase} ${side} ${code}`;
    const count = (this.#errors.get(key)?.count ?? 0) + by;
    this.#errors.set(key, { code, side, phase: phases[phase], count });
  }

  get disturbed(): DisturbedCounts {
    this.#disturbed ??= new DisturbedCounts();
    return this.#disturbed;
  }

  /**
   * Returns all of it and starts from zero, for any second.
   *
   * @returns arrays of exact length that the caller owns
   * @cost    proportional to the span of buckets used, about 1 ns each: 5 to 30 us
   */
  take(): Tally {
    const steady: SparseCounts[] = [];
    const outside: SparseCounts[] = [];
    for (let row = 0; row < rows; row++) (row % 2 === 0 ? steady : outside).push(this.#take(row));
    const tally = {
      counters: this.counters.slice(),
      errors: [...this.#errors.values()],
      statuses: this.statuses.take(),
      steady,
      outside,
      ...(this.#disturbed === null || this.#disturbed.isEmpty
        ? {}
        : { disturbed: this.#disturbed.take() }),
    };
    this.second = unused;
    this.counters.fill(0);
    this.#errors.clear();
    return tally;
  }

  #clear(row: number): void {
    const at = row * columns;
    this.#sums.fill(0, at, at + columns);
    this.#sums[at + minAt] = Number.POSITIVE_INFINITY;
  }

  /** Returns a histogram and clears it. The exact minimum and maximum bound the buckets that can be non-empty. */
  #take(row: number): SparseCounts {
    const at = row * columns;
    const sums = this.#sums;
    const count = sums[at + countAt] as number;
    const min = sums[at + minAt] as number;
    const max = sums[at + maxAt] as number;
    const first = count === 0 ? 0 : bucketOf(min);
    const end = count === 0 ? 0 : bucketOf(max) + 1;
    const span = this.#counts.subarray(row * bucketCount + first, row * bucketCount + end);
    const { indexes, counts } = sparseOf(span, first);
    const sum = sums[at + sumAt] as number;
    const sumOfSquares = sums[at + squaresAt] as number;
    this.#clear(row);
    return { indexes, counts, count, min, max, sum, sumOfSquares };
  }
}
