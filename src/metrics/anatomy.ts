/**
 * Where the time of exchanges went, by how long they took: sums of each part of a response time, over the exchanges of
 * steady state whose response time is about the same. So what an exchange near a percentile consists of is a mean over actual
 * exchanges; the percentiles of the parts, each of other exchanges, would not say it.
 */
import { bucketCount, bucketOf } from "./buckets.ts";
import type { AnatomySums, ExchangeParts, SparseCounts } from "./snapshot.ts";

/** Response times of a row: 64 buckets, so that there are 16 rows of each power of two, each 6 % wide. */
const rowShift = 6;
const rows = ((bucketCount - 1) >> rowShift) + 1;

/** Of all exchanges: how much later than intended they left. Of those with the kernel's times: how many, and each part. */
const lagAt = 0;
const timedAt = 1;
const timedLagAt = 2;
const queuedAt = 3;
const wireAt = 4;
const wakeAt = 5;
const columns = 6;

export const noAnatomy: AnatomySums = { rows: new Uint32Array(), sums: new Float64Array() };

/** Parts of exchanges with about one response time, mean over them. */
export interface MeanParts extends ExchangeParts {
  /** How many they are. */
  readonly count: number;
}

/** The sums of one worker's interval. */
export class Anatomy {
  readonly #sums = new Float64Array(rows * columns);

  /** An exchange left late. @param bucket of its response time */
  late(bucket: number, lagNs: number): void {
    const at = (bucket >> rowShift) * columns + lagAt;
    this.#sums[at] = (this.#sums[at] as number) + lagNs;
  }

  /** Of an exchange whose lag is counted by `late`, where it has one, all parts are known. */
  timed(bucket: number, lagNs: number, queuedNs: number, wireNs: number, wakeNs: number): void {
    const at = (bucket >> rowShift) * columns;
    const sums = this.#sums;
    sums[at + timedAt] = (sums[at + timedAt] as number) + 1;
    sums[at + timedLagAt] = (sums[at + timedLagAt] as number) + lagNs;
    sums[at + queuedAt] = (sums[at + queuedAt] as number) + queuedNs;
    sums[at + wireAt] = (sums[at + wireAt] as number) + wireNs;
    sums[at + wakeAt] = (sums[at + wakeAt] as number) + wakeNs;
  }

  /** Returns the sums and starts from zero. @cost some us */
  take(): AnatomySums {
    const sums = this.#sums;
    const used: number[] = [];
    for (let row = 0; row < rows; row++) {
      const at = row * columns;
      if (sums[at + lagAt] !== 0 || sums[at + timedAt] !== 0) used.push(row);
    }
    if (used.length === 0) return noAnatomy;
    const taken = new Float64Array(used.length * columns);
    for (const [i, row] of used.entries()) {
      taken.set(sums.subarray(row * columns, (row + 1) * columns), i * columns);
    }
    sums.fill(0);
    return { rows: Uint32Array.from(used), sums: taken };
  }
}

export function mergeAnatomies(all: readonly AnatomySums[]): AnatomySums {
  const filled = all.filter((one) => one.rows.length > 0);
  if (filled.length <= 1) return filled[0] ?? noAnatomy;
  const merged = new Map<number, Float64Array>();
  for (const one of filled) {
    for (const [i, row] of one.rows.entries()) {
      const added = one.sums.subarray(i * columns, (i + 1) * columns);
      const known = merged.get(row);
      merged.set(row, known === undefined ? added : known.map((sum, at) => sum + (added[at] ?? 0)));
    }
  }
  const order = [...merged].sort(([a], [b]) => a - b);
  const sums = new Float64Array(order.length * columns);
  for (const [i, [, row]] of order.entries()) sums.set(row, i * columns);
  return { rows: Uint32Array.from(order, ([row]) => row), sums };
}

/** As few exchanges say what is usual near a percentile; for so many, up to so many rows to either side are taken. */
const fewExchanges = 5;
const mostRowsAside = 4;

/**
 * Returns what exchanges of a response time consist of: mean over those whose response times are next to it.
 *
 * @param responses  all response times that the sums are of
 * @param responseNs a percentile of them
 * @returns          the kernel's times where any of these exchanges has them; null without any exchange near it
 */
export function partsNear(
  sums: AnatomySums,
  responses: SparseCounts,
  responseNs: number,
): MeanParts | null {
  const middle = bucketOf(responseNs) >> rowShift;
  const near = Array.from({ length: mostRowsAside + 1 }, (_, aside) =>
    sumsBetween(sums, responses, middle - aside, middle + aside),
  );
  const hasTimed = near.some(({ row }) => row[timedAt] !== 0);
  const countOf = ({ row, count }: Near) => (hasTimed ? (row[timedAt] as number) : count);
  const found =
    near.find((one) => countOf(one) >= fewExchanges) ?? near.find((one) => countOf(one) > 0);
  if (found === undefined) return null;
  const count = countOf(found);
  const mean = (column: number) => (found.row[column] as number) / count;
  return hasTimed
    ? {
        count,
        lagNs: mean(timedLagAt),
        queuedNs: mean(queuedAt),
        wireNs: mean(wireAt),
        wakeNs: mean(wakeAt),
      }
    : { count, lagNs: mean(lagAt), queuedNs: null, wireNs: null, wakeNs: null };
}

/** Sums of adjacent rows, and the number of response times in them. */
interface Near {
  readonly row: Float64Array;
  readonly count: number;
}

function sumsBetween(
  { rows, sums }: AnatomySums,
  { indexes, counts }: SparseCounts,
  first: number,
  last: number,
): Near {
  const row = new Float64Array(columns);
  for (const [i, index] of rows.entries()) {
    if (index < first || index > last) continue;
    for (let column = 0; column < columns; column++) {
      row[column] = (row[column] as number) + (sums[i * columns + column] as number);
    }
  }
  let count = 0;
  for (const [i, bucket] of indexes.entries()) {
    const index = bucket >> rowShift;
    if (index >= first && index <= last) count += counts[i] as number;
  }
  return { row, count };
}
