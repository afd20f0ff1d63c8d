/**
 * Histograms and counters of seconds that are over, in a tenth of the memory: a byte or two for each non-empty bucket
 * instead of 12. They are read as before, at the cost of decoding them.
 *
 * They are strings of Latin-1 characters, one for each byte: on V8's heap such a string has a header of 16 bytes, where a
 * typed array has 300, and garbage collection does not look into it.
 *
 *     | of a histogram                | bytes                                                                       |
 *     | ----------------------------- | --------------------------------------------------------------------------- |
 *     | sumOfSquares                  | 8, a double                                                                 |
 *     | buckets, count, min, max, sum | varints                                                                     |
 *     | each bucket                   | varint of twice its distance from the one before, + 1 where a count follows |
 *     | its count, where it is not 1  | varint                                                                      |
 *
 *     | of counters                   | bytes                                                                       |
 *     | ----------------------------- | --------------------------------------------------------------------------- |
 *     | number of those that are not 0 | varint                                                                     |
 *     | each of them                  | varint of its distance from the one before, varint of its value             |
 *
 * A varint has seven bits a byte, the low ones first; the high bit says that more follow.
 */
import type { SparseCounts } from "../snapshot.ts";

/** Bytes of a varint of 53 bits. */
const longestVarint = 8;

/** Grows with what is packed. */
let scratch = Buffer.alloc(4096);
let used = 0;

function begin(mostVarints: number): void {
  const most = 8 + mostVarints * longestVarint;
  if (scratch.length < most) scratch = Buffer.alloc(2 * most);
  used = 0;
}

/** @param value integer >= 0, at most 2^53 - 1 */
function write(value: number): void {
  let rest = value;
  // Bit operations have 32 bits.
  for (; rest >= 0x8000_0000; rest = Math.floor(rest / 128)) scratch[used++] = 128 + (rest % 128);
  for (; rest >= 128; rest >>>= 7) scratch[used++] = 128 + (rest & 127);
  scratch[used++] = rest;
}

function written(): string {
  return scratch.toString("latin1", 0, used);
}

/** Where the next varint begins in what is read. */
let at = 0;

function read(packed: string): number {
  let value = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = packed.charCodeAt(at++);
    if (byte < 128) return value + byte * factor;
    value += (byte - 128) * factor;
  }
}

const doubleBytes = Buffer.alloc(8);

/** What was decoded last: its buckets and their counts are asked for one after the other. */
let decoded: { readonly of: PackedCounts | null } & Pick<SparseCounts, "indexes" | "counts"> = {
  of: null,
  indexes: new Uint32Array(0),
  counts: new Float64Array(0),
};

/** A histogram that has samples, from a place of a string on. */
class PackedCounts implements SparseCounts {
  readonly #packed: string;
  readonly #from: number;

  constructor(packed: string, from: number) {
    this.#packed = packed;
    this.#from = from;
  }

  get count(): number {
    return this.#header(1);
  }

  get min(): number {
    return this.#header(2);
  }

  get max(): number {
    return this.#header(3);
  }

  get sum(): number {
    return this.#header(4);
  }

  get sumOfSquares(): number {
    doubleBytes.write(this.#packed.slice(this.#from, this.#from + 8), "latin1");
    return doubleBytes.readDoubleLE(0);
  }

  get indexes(): Uint32Array {
    return this.#decode().indexes;
  }

  get counts(): Float64Array {
    return this.#decode().counts;
  }

  #header(which: number): number {
    at = this.#from + 8;
    for (let before = 0; before < which; before++) read(this.#packed);
    return read(this.#packed);
  }

  #decode(): Pick<SparseCounts, "indexes" | "counts"> {
    if (decoded.of === this) return decoded;
    const packed = this.#packed;
    const buckets = this.#header(0);
    this.#header(4);
    const indexes = new Uint32Array(buckets);
    const counts = new Float64Array(buckets);
    let index = 0;
    for (let bucket = 0; bucket < buckets; bucket++) {
      const step = read(packed);
      index += Math.floor(step / 2);
      indexes[bucket] = index;
      counts[bucket] = step % 2 === 0 ? 1 : read(packed);
    }
    decoded = { of: this, indexes, counts };
    return decoded;
  }
}

/** Returns a histogram in less memory; null where that cannot be: it has no samples, or numbers that are not integers. */
export function packHistogram(histogram: SparseCounts): string | null {
  const { indexes, counts, count, min, max, sum, sumOfSquares } = histogram;
  if (count === 0 || ![count, min, max, sum].every(isCount) || !counts.every(isCount)) return null;
  begin(5 + 2 * indexes.length);
  used = scratch.writeDoubleLE(sumOfSquares, 0);
  for (const value of [indexes.length, count, min, max, sum]) write(value);
  let before = 0;
  for (let bucket = 0; bucket < indexes.length; bucket++) {
    const [index, samples] = [indexes[bucket] as number, counts[bucket] as number];
    write(2 * (index - before) + (samples === 1 ? 0 : 1));
    if (samples !== 1) write(samples);
    before = index;
  }
  return written();
}

/** The histogram that was packed, read from a place of a string on. */
export function unpackHistogram(packed: string, from = 0): SparseCounts {
  return new PackedCounts(packed, from);
}

/** Returns a histogram that is read as it was and takes less memory; itself where that cannot be. */
export function packCounts(counts: SparseCounts): SparseCounts {
  if (counts instanceof PackedCounts) return counts;
  const packed = packHistogram(counts);
  return packed === null ? counts : unpackHistogram(packed);
}

/** Returns numbers, most of which are 0, in less memory; null where that cannot be: one is not an integer, or below 0. */
export function packRows(rows: Float64Array): string | null {
  if (!rows.every(isCount)) return null;
  begin(1 + 2 * rows.length);
  write(rows.reduce((count, value) => (value === 0 ? count : count + 1), 0));
  let before = 0;
  for (let index = 0; index < rows.length; index++) {
    const value = rows[index] as number;
    if (value === 0) continue;
    write(index - before);
    write(value);
    before = index;
  }
  return written();
}

/** Adds numbers that were packed, from a place of a string on. */
export function addPackedRows(sum: Float64Array, packed: string, from = 0): void {
  at = from;
  let index = 0;
  for (let left = read(packed); left > 0; left--) {
    index += read(packed);
    sum[index] = (sum[index] as number) + read(packed);
  }
}

/** Returns integers >= 0 as varints. */
export function packIntegers(values: readonly number[]): string {
  begin(values.length);
  for (const value of values) write(value);
  return written();
}

/** Returns so many integers, and where what comes behind them begins. */
export function unpackIntegers(packed: string, count: number): { values: number[]; end: number } {
  at = 0;
  const values = Array.from({ length: count }, () => read(packed));
  return { values, end: at };
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
