import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { highestTrackableNs } from "../../src/metrics/buckets.ts";
import { decodeHistogram } from "../../src/metrics/hdr-encoding.ts";
import { histogramOf, statedPercentiles } from "../../src/metrics/histogram.ts";
import { noCounts, percentileOf } from "../../src/metrics/sparse-counts.ts";
import { countsOf, durations, latencies } from "./samples.ts";

describe("histogramOf", () => {
  test("has no values without samples", () => {
    const histogram = histogramOf(noCounts);
    expect(histogram).toMatchObject({
      unit: "ns",
      count: 0,
      min: null,
      max: null,
      mean: null,
      stdDev: null,
    });
    expect(Object.values(histogram.percentiles)).toEqual(statedPercentiles.map(() => null));
    expect(decodeHistogram(histogram.hdr).count).toBe(0);
  });

  test("has exact extremes and mean, and rounded percentiles", () => {
    const histogram = histogramOf(countsOf([1_000_001, 2_000_003, 3_000_005]));
    expect(histogram).toMatchObject({ count: 3, min: 1_000_001, max: 3_000_005, mean: 2_000_003 });
    expect(histogram.percentiles["50"]).toBeGreaterThanOrEqual(2_000_003);
    expect(histogram.percentiles["50"]).toBeLessThan(2_000_003 * 1.001);
    expect(histogram.percentiles["99.99"]).toBe(3_000_005);
  });

  test("a sample over an hour keeps its exact maximum", () => {
    const histogram = histogramOf(countsOf([5, 2 * highestTrackableNs]));
    expect(histogram.max).toBe(2 * highestTrackableNs);
    expect(histogram.percentiles["99"]).toBeLessThan(highestTrackableNs * 1.001);
  });

  test("agrees with percentileOf, so that gates and result have the same values", () => {
    fc.assert(
      fc.property(fc.array(durations, { minLength: 1, maxLength: 300 }), (values) => {
        const counts = countsOf(values);
        const { percentiles } = histogramOf(counts);
        for (const name of statedPercentiles) {
          expect(percentiles[name]).toBe(percentileOf(counts, Number(name)));
        }
      }),
    );
  });

  test("frees its memory", () => {
    setFlagsFromString("--expose-gc");
    const collectGarbage = runInNewContext("gc") as () => void;
    const retained = () => {
      // The first sweeps buffers beside this thread, the second sees what came of it.
      for (let i = 0; i < 2; i++) collectGarbage();
      return process.memoryUsage().arrayBuffers + process.memoryUsage().external;
    };
    const counts = countsOf(latencies(1000));
    for (let i = 0; i < 50; i++) histogramOf(counts);
    const before = retained();
    for (let i = 0; i < 500; i++) histogramOf(counts);
    // One is 270 KB: without freeing they would be 135 MB.
    expect(retained() - before).toBeLessThan(5e6);
  });
});
