import { inflateSync } from "node:zlib";
import fc from "fast-check";
import { decodeFromCompressedBase64 } from "hdr-histogram-js";
import { describe, expect, test } from "vitest";
import { bucketOf, highestTrackableNs } from "../../src/metrics/buckets.ts";
import {
  decodeHistogram,
  encodeHistogram,
  withHdrHistogram,
} from "../../src/metrics/hdr-encoding.ts";
import type { SparseCounts } from "../../src/metrics/snapshot.ts";
import { noCounts } from "../../src/metrics/sparse-counts.ts";
import { countsOf, durations } from "./samples.ts";

const encode = (counts: Pick<SparseCounts, "indexes" | "counts">) =>
  withHdrHistogram(counts, encodeHistogram);

/** Inner form in hex, header and counts: zlib's own bytes differ between its versions. */
function innerHex(base64: string): [header: string, counts: string] {
  const bytes = Buffer.from(base64, "base64");
  expect(bytes.readInt32BE(0)).toBe(0x1c849314);
  expect(bytes.readInt32BE(4)).toBe(bytes.length - 8);
  const inner = inflateSync(bytes.subarray(8));
  return [inner.subarray(0, 40).toString("hex"), inner.subarray(40).toString("hex")];
}

describe("encodeHistogram", () => {
  // hdr-histogram-js writes wrong values in place of offset 0 at byte 8 and the double 1.0 at byte 32.
  const header = (length: string) =>
    `1c849313${length}000000000000000300000000000000010000034630b8a0003ff0000000000000`;

  test.each([
    ["no sample", [], "00000001", "00"],
    ["one 0", [0], "00000001", "02"],
    ["5 twice, after five empty buckets", [5, 5], "00000002", "0904"],
    ["1, 3 and 2048, and empty buckets", [1, 3, 2048], "00000007", "00020002f71f02"],
  ])("golden: %s", (_, values, length, counts) => {
    expect(innerHex(encode(countsOf(values)))).toEqual([header(length), counts]);
  });

  test("keeps counts that need more than 32 bits", () => {
    const counts = { indexes: Uint32Array.of(7), counts: Float64Array.of(5e9) };
    expect(decodeHistogram(encode(counts))).toEqual({ ...counts, count: 5e9 });
  });

  test("decodes every bucket as it was encoded", () => {
    fc.assert(
      fc.property(fc.array(durations, { maxLength: 100 }), (values) => {
        const { indexes, counts, count } = countsOf(values);
        expect(decodeHistogram(encode({ indexes, counts }))).toEqual({ indexes, counts, count });
      }),
    );
  });

  test("is accepted by another reader", () => {
    const values = [1, 999, 1_000_000, 2_000_000, highestTrackableNs];
    const other = decodeFromCompressedBase64(encode(countsOf(values)), 64, false);
    expect(other.totalCount).toBe(5);
    expect(other.getValueAtPercentile(40)).toBe(999);
    expect(bucketOf(other.getValueAtPercentile(60))).toBe(bucketOf(1_000_000));
    expect(bucketOf(other.maxValue)).toBe(bucketOf(highestTrackableNs));
  });
});

describe("decodeHistogram", () => {
  const good = Buffer.from(encode(countsOf([1, 2, 3])), "base64");
  const withInner = (change: (inner: Buffer) => void) => {
    const inner = inflateSync(good.subarray(8));
    change(inner);
    return inner;
  };

  test.each([
    ["nothing", ""],
    ["text", "hello"],
    ["another cookie", Buffer.concat([Buffer.alloc(8), good.subarray(8)]).toString("base64")],
    ["a truncated text", good.subarray(0, good.length - 6).toString("base64")],
  ])("refuses %s", (_, text) => {
    expect(() => decodeHistogram(text)).toThrow();
  });

  test("refuses other buckets than ours", async () => {
    const { deflateSync } = await import("node:zlib");
    const inner = withInner((bytes) => bytes.writeInt32BE(2, 12));
    const compressed = deflateSync(inner);
    const outer = Buffer.alloc(8);
    outer.writeInt32BE(0x1c849314, 0);
    outer.writeInt32BE(compressed.length, 4);
    const text = Buffer.concat([outer, compressed]).toString("base64");
    expect(() => decodeHistogram(text)).toThrow("are not those of 3 significant digits");
  });

  test("an empty histogram", () => {
    const { indexes, counts } = noCounts;
    expect(decodeHistogram(encode(noCounts))).toEqual({ indexes, counts, count: 0 });
  });
});
