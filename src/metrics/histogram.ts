import { encodeHistogram, withHdrHistogram } from "./hdr-encoding.ts";
import type { SparseCounts } from "./snapshot.ts";
import { meanOf, stdDevOf } from "./sparse-counts.ts";

/** The percentiles in a result. */
export const statedPercentiles = ["50", "90", "95", "99", "99.9", "99.99"] as const;

/**
 * A histogram as it is in the result, in ns. `count`, `min`, `max` and `mean` are exact; percentiles have
 * three digits and never exceed the exact maximum. Without samples every value is null: 0 would look
 * like a very good one.
 */
export interface Histogram {
  readonly unit: "ns";
  readonly count: number;
  /** How many of them are time-outs, which stand in it with the time after which nobody waited any longer. */
  readonly censored: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly stdDev: number | null;
  readonly percentiles: Readonly<Record<(typeof statedPercentiles)[number], number | null>>;
  /** HdrHistogram V2 compressed base64; see hdr-encoding.ts. */
  readonly hdr: string;
}

/**
 * Converts counts to a histogram of the result.
 *
 * @param censored samples that are time-outs
 * @cost           about 1 ms for some thousand buckets
 */
export function histogramOf(counts: SparseCounts, censored = 0): Histogram {
  const { count, min, max } = counts;
  const empty = count === 0;
  return withHdrHistogram(counts, (histogram) => {
    const at = (percentile: string) =>
      empty ? null : Math.min(histogram.getValueAtPercentile(Number(percentile)), max);
    return {
      unit: "ns",
      count,
      censored,
      min: empty ? null : min,
      max: empty ? null : max,
      mean: meanOf(counts),
      stdDev: stdDevOf(counts),
      percentiles: {
        "50": at("50"),
        "90": at("90"),
        "95": at("95"),
        "99": at("99"),
        "99.9": at("99.9"),
        "99.99": at("99.99"),
      },
      hdr: encodeHistogram(histogram),
    };
  });
}
