/**
 * HdrHistogram's V2 encoding, as every implementation reads it: base64 of
 *
 *     | offset | bytes | big-endian     |                                            |
 *     | ------ | ----- | -------------- | ------------------------------------------ |
 *     | 0      | 4     | 0x1c849314     | cookie of the compressed form              |
 *     | 4      | 4     | length         | of what follows                            |
 *     | 8      |       | zlib (deflate) | of the inner form                          |
 *
 * and inside it
 *
 *     | offset | bytes | big-endian     |                                            |
 *     | ------ | ----- | -------------- | ------------------------------------------ |
 *     | 0      | 4     | 0x1c849313     | cookie                                     |
 *     | 4      | 4     | length         | of the counts                              |
 *     | 8      | 4     | 0              | normalizing index offset                   |
 *     | 12     | 4     | 3              | significant digits                         |
 *     | 16     | 8     | 1              | lowest discernible value, ns               |
 *     | 24     | 8     | 3.6e12         | highest trackable value, ns                |
 *     | 32     | 8     | 1.0 (double)   | integer to double conversion ratio         |
 *     | 40     |       | counts         | ZigZag LEB128; a negative one is a run of empty buckets |
 *
 * @see "AbstractHistogram.encodeIntoCompressedByteBuffer" in HdrHistogram for Java
 */
import { deflateSync, inflateSync } from "node:zlib";
import { build, encodeIntoCompressedBase64, type Histogram } from "hdr-histogram-js";
import { bucketCount, highestTrackableNs, lowestOf } from "./buckets.ts";
import type { SparseCounts } from "./snapshot.ts";

const compressedCookie = 0x1c849314;
const cookie = 0x1c849313;
const compressedHeader = 8;
const header = 40;
const significantDigits = 3;

/** The longest inner form: a count takes 9 bytes at most. A short text can claim to be gigabytes. */
const mostInnerBytes = header + 9 * bucketCount;

type Buckets = Pick<SparseCounts, "indexes" | "counts">;

/**
 * Calls `use` with a histogram of hdr-histogram-js.
 *
 * Its counts have 64 bits, as smaller ones wrap silently. It is the one in JavaScript: the one in WebAssembly is a third
 * faster, which a run does not notice, and takes 25 ms to unpack and to compile, which each run would.
 *
 * @cost about 100 us, and 0.3 us per bucket
 */
export function withHdrHistogram<Result>(
  { indexes, counts }: Buckets,
  use: (histogram: Histogram) => Result,
): Result {
  const histogram = build({
    bitBucketSize: 64,
    autoResize: false,
    lowestDiscernibleValue: 1,
    highestTrackableValue: highestTrackableNs,
    numberOfSignificantValueDigits: significantDigits,
    useWebAssembly: false,
  });
  for (let i = 0; i < indexes.length; i++) {
    histogram.recordValueWithCount(lowestOf(indexes[i] as number), counts[i] as number);
  }
  return use(histogram);
}

/**
 * Encodes the histogram as V2 compressed base64.
 *
 * hdr-histogram-js 3.0.1 writes a normalizing index offset of 1 and a conversion ratio of 5e-324:
 * the Rust reader rejects them and the C reader is off by a bucket, so the header is corrected.
 */
export function encodeHistogram(histogram: Histogram): string {
  const encoded = Buffer.from(encodeIntoCompressedBase64(histogram), "base64");
  const inner = inflateSync(encoded.subarray(compressedHeader));
  inner.writeInt32BE(0, 8);
  inner.writeDoubleBE(1, 32);
  const compressed = deflateSync(inner);
  const outer = Buffer.alloc(compressedHeader);
  outer.writeInt32BE(compressedCookie, 0);
  outer.writeInt32BE(compressed.length, 4);
  return Buffer.concat([outer, compressed]).toString("base64");
}

/**
 * Decodes what `encodeHistogram` wrote. The exact minimum and maximum are not in the encoding.
 *
 * Written by hand: the decoder of hdr-histogram-js makes an array of all buckets, of which few are used, and in WebAssembly
 * it truncates counts to 32 bits.
 *
 * @throws Error when the text is not a V2 histogram with 3 significant digits and a unit of 1
 */
export function decodeHistogram(base64: string): Buckets & { readonly count: number } {
  const inner = innerOf(Buffer.from(base64, "base64"));
  if (inner.readInt32BE(12) !== significantDigits || inner.readBigInt64BE(16) !== 1n) {
    throw new Error(
      "the histogram's buckets are not those of 3 significant digits and a unit of 1",
    );
  }
  const indexes: number[] = [];
  const counts: number[] = [];
  let count = 0;
  let index = 0;
  let at = header;
  const end = header + inner.readInt32BE(4);
  while (at < end && index <= bucketCount) {
    const [value, next] = readZigZag(inner, at);
    at = next;
    if (value > 0) {
      indexes.push(index);
      counts.push(value);
      count += value;
    }
    index += value < 0 ? -value : 1;
  }
  if (index > bucketCount || at !== end || !Number.isSafeInteger(count))
    throw new Error("the histogram's counts are malformed");
  return { indexes: Uint32Array.from(indexes), counts: Float64Array.from(counts), count };
}

/** Returns the inner form; checks its length and both cookies. */
function innerOf(encoded: Buffer): Buffer {
  if (encoded.length < compressedHeader || encoded.readInt32BE(0) !== compressedCookie) {
    throw new Error("this is not an HdrHistogram in V2 compressed encoding");
  }
  const length = encoded.readInt32BE(4);
  const compressed = encoded.subarray(compressedHeader, compressedHeader + length);
  const inner = inflateSync(compressed, { maxOutputLength: mostInnerBytes });
  const whole = inner.length >= header && inner.length >= header + inner.readInt32BE(4);
  if (!whole || inner.readInt32BE(0) !== cookie || inner.readInt32BE(8) !== 0) {
    throw new Error("the histogram's header is malformed");
  }
  return inner;
}

/**
 * Reads a ZigZag LEB128 number of at most 9 bytes: 7 bits a byte, low ones first; the highest bit means
 * that more follow; the ninth byte carries 8 bits.
 *
 * @returns the number, exact below 2^52 either way, and the offset after it
 */
function readZigZag(bytes: Buffer, from: number): [value: number, next: number] {
  let raw = 0;
  let scale = 1;
  let at = from;
  let byte = bytes.readUInt8(at);
  while (byte >= 128 && at - from < 8) {
    raw += (byte - 128) * scale;
    scale *= 128;
    at++;
    byte = bytes.readUInt8(at);
  }
  raw += byte * scale;
  return [raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2, at + 1];
}
