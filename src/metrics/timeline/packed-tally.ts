import {
  counters,
  type ErrorCount,
  phases,
  type SparseCounts,
  type StatusCount,
  type Tally,
  timings,
} from "../snapshot.ts";
import { noCounts } from "../sparse-counts.ts";
import {
  addPackedRows,
  packHistogram,
  packIntegers,
  packRows,
  unpackHistogram,
  unpackIntegers,
} from "./packed-counts.ts";

/** Of a histogram without samples. */
const nowhere = 0;

/**
 * A tally in less memory: only what is not zero takes any. Each reading of its counters or histograms makes them anew.
 *
 * One string, as of packed-counts.ts:
 *
 *     | what                                 |                                                               |
 *     | ------------------------------------ | ------------------------------------------------------------- |
 *     | a place for each timing, twice       | of steady state and outside: 0, or 1 + its distance from here |
 *     | counters                             |                                                               |
 *     | histograms that differ from another  | send lag is often the generator's alone, say                  |
 */
class PackedTally implements Tally {
  readonly errors: readonly ErrorCount[];
  readonly statuses: readonly StatusCount[];
  readonly #packed: string;

  constructor({ errors, statuses }: Tally, packed: string) {
    this.errors = errors;
    this.statuses = statuses;
    this.#packed = packed;
  }

  get counters(): Float64Array {
    const rows = new Float64Array(phases.length * counters.length);
    this.addTo(rows);
    return rows;
  }

  /** Adds the counters. */
  addTo(rows: Float64Array): void {
    const { end } = unpackIntegers(this.#packed, 2 * timings.length);
    addPackedRows(rows, this.#packed, end);
  }

  get steady(): readonly SparseCounts[] {
    return this.#histograms(0);
  }

  get outside(): readonly SparseCounts[] {
    return this.#histograms(timings.length);
  }

  #histograms(first: number): SparseCounts[] {
    const { values, end } = unpackIntegers(this.#packed, 2 * timings.length);
    return values
      .slice(first, first + timings.length)
      .map((place) =>
        place === nowhere ? noCounts : unpackHistogram(this.#packed, end + place - 1),
      );
  }
}

/**
 * Returns the same tally in less memory, without what was disturbed; it itself where that cannot be.
 *
 * @cost some 10 us for each histogram that has samples, and a few us to read one
 */
export function packTally(tally: Tally): Tally {
  if (tally instanceof PackedTally) return tally;
  let packed = packRows(tally.counters);
  if (packed === null) return tally;
  const places: number[] = [];
  const known = new Map<string, number>();
  for (const histogram of [...tally.steady, ...tally.outside]) {
    const text = packHistogram(histogram);
    if (text === null && histogram.count > 0) return tally;
    if (text === null) {
      places.push(nowhere);
      continue;
    }
    const place = known.get(text) ?? 1 + packed.length;
    if (!known.has(text)) packed += text;
    known.set(text, place);
    places.push(place);
  }
  // What was added to again and again would be kept in its pieces.
  const whole = Buffer.from(packIntegers(places) + packed, "latin1").toString("latin1");
  return new PackedTally(tally, whole);
}

/** Adds a tally's counters, packed or not. */
export function addCounters(sum: Float64Array, tally: Tally): void {
  if (tally instanceof PackedTally) {
    tally.addTo(sum);
    return;
  }
  const { counters: rows } = tally;
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (rows[i] as number);
}
