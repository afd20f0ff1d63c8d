/**
 * The bucket layout of HdrHistogram with 3 significant digits, unit 1 ns, up to one hour.
 *
 * Values below 2048 have a bucket each. From there on every power of two is divided into 1024 buckets,
 * so that a bucket is never wider than 1/1024 of the values in it:
 *
 *     | values            | bucket width | indexes               |
 *     | ----------------- | ------------ | --------------------- |
 *     | 0 ... 2047        | 1            | 0 ... 2047            |
 *     | 2048 ... 4095     | 2            | 2048 ... 3071         |
 *     | 2^(e+10) ...      | 2^e          | (e + 1) * 1024 + 0 ... 1023 |
 *
 * The index is the position in the counts array of the Java, C and JavaScript implementations, so
 * counts can be exchanged with them without a value being rounded twice.
 *
 * @see "AbstractHistogram.countsArrayIndex" in HdrHistogram for Java
 */

/** The highest value with its own bucket, ns: one hour. Longer times are counted there. */
export const highestTrackableNs = 3_600_000_000_000;

const subBuckets = 2048;
const halfMagnitude = 10;

/** 2^-e, by which multiplication is exact, and 2^e. Computing a power costs ten times as much as a look-up. */
const inverseWidths = Float64Array.from({ length: 32 }, (_, exponent) => 2 ** -exponent);
const widths = Float64Array.from({ length: 32 }, (_, exponent) => 2 ** exponent);

/**
 * Returns the bucket of a value.
 *
 * @param ns any number; floored; negative numbers and NaN count as 0, more than one hour as one hour
 * @returns  integer, 0 <= index < bucketCount
 * @cost     about 5 ns, no allocation
 */
export function bucketOf(ns: number): number {
  if (ns < subBuckets) return ns > 0 ? Math.floor(ns) : 0;
  if (ns >= highestTrackableNs) return highestBucket;
  // NaN fails both comparisons above.
  if (!(ns >= subBuckets)) return 0;
  const exponent = ns < 4294967296 ? 21 - Math.clz32(ns) : 53 - Math.clz32(ns / 4294967296);
  return (exponent << halfMagnitude) + Math.floor(ns * (inverseWidths[exponent] as number));
}

/** Returns the width of a bucket: how many integers it covers. */
function widthOf(index: number): number {
  return index < subBuckets ? 1 : (widths[(index >> halfMagnitude) - 1] as number);
}

/** Returns the lowest value of a bucket, ns. */
export function lowestOf(index: number): number {
  if (index < subBuckets) return index;
  const exponent = (index >> halfMagnitude) - 1;
  return (index - (exponent << halfMagnitude)) * (widths[exponent] as number);
}

/** Returns the highest integer value of a bucket, ns, which HdrHistogram reports for a percentile. */
export function highestOf(index: number): number {
  return lowestOf(index) + widthOf(index) - 1;
}

/** Returns the middle of a bucket, ns, which HdrHistogram uses for means. */
export function medianOf(index: number): number {
  return lowestOf(index) + Math.floor(widthOf(index) / 2);
}

/** Bucket of one hour. */
const highestBucket =
  (31 << halfMagnitude) + Math.floor(highestTrackableNs * (inverseWidths[31] as number));

/** Buckets in use: indexes run from 0 to bucketCount - 1. */
export const bucketCount = highestBucket + 1;
