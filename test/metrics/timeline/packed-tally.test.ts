import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { counters, phases, type Tally, timings } from "../../../src/metrics/snapshot.ts";
import { noCounts } from "../../../src/metrics/sparse-counts.ts";
import { packTally } from "../../../src/metrics/timeline/packed-tally.ts";
import { countsOf, latencies } from "../samples.ts";

/** A tally with samples of some timings, and counters. */
function tallyOf(samples: number): Tally {
  const rows = new Float64Array(phases.length * counters.length);
  rows[3] = samples;
  rows[rows.length - 1] = 1;
  const responses = countsOf(latencies(samples));
  const lags = countsOf(latencies(samples).map((ns) => Math.floor(ns / 10)));
  return {
    counters: rows,
    errors: [{ code: "ETIMEDOUT", side: "target", phase: "steady", count: 2 }],
    statuses: [{ status: 200, phase: "steady", count: 5 }],
    // Send lag, waiting for a connection and the generator's part: the first and the last are the same.
    steady: timings.map((_, which) => (which === 0 ? responses : which % 2 ? noCounts : lags)),
    outside: timings.map((_, which) => (which === 1 ? lags : noCounts)),
  };
}

function read({ counters: rows, errors, statuses, steady, outside }: Tally) {
  const plain = ({ indexes, counts, count, min, max, sum, sumOfSquares }: Tally["steady"][0]) => {
    return { indexes, counts, count, min, max, sum, sumOfSquares };
  };
  return { rows, errors, statuses, steady: steady.map(plain), outside: outside.map(plain) };
}

describe("a packed tally", () => {
  it("reads as it was", () => {
    for (const samples of [1, 20, 500]) {
      const tally = tallyOf(samples);
      const packed = packTally(tally);
      expect(packed).not.toBe(tally);
      expect(read(packed)).toEqual(read(tally));
      expect(packTally(packed)).toBe(packed);
    }
  });

  it("reads as it was where there is nothing in it", () => {
    const empty: Tally = {
      counters: new Float64Array(phases.length * counters.length),
      errors: [],
      statuses: [],
      steady: timings.map(() => noCounts),
      outside: timings.map(() => noCounts),
    };
    expect(read(packTally(empty))).toEqual(read(empty));
  });

  it("stays what it was where a number is not an integer", () => {
    const tally = tallyOf(3);
    tally.counters[0] = 0.5;
    expect(packTally(tally)).toBe(tally);
    const steady = [{ ...countsOf([5]), sum: 4.5 }, ...tallyOf(3).steady.slice(1)];
    const other = { ...tallyOf(3), steady };
    expect(packTally(other)).toBe(other);
  });

  it("takes a fifth of the memory", () => {
    setFlagsFromString("--expose-gc");
    const collectGarbage = runInNewContext("gc") as () => void;
    const retained = () => {
      // The first sweeps buffers beside this thread, the second sees what came of it.
      for (let i = 0; i < 2; i++) collectGarbage();
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    const bytesOnce = (make: () => Tally) => {
      const before = retained();
      const made = Array.from({ length: 200 }, make);
      const bytes = (retained() - before) / made.length;
      return made.length === 200 ? bytes : 0;
    };
    // The median: V8 compiles, and keeps what it needs for that, in any of them.
    const bytesOf = (make: () => Tally) =>
      Array.from({ length: 5 }, () => bytesOnce(make)).sort((a, b) => a - b)[2] as number;
    const plain = bytesOf(() => tallyOf(300));
    const packed = bytesOf(() => packTally(tallyOf(300)));
    // 12 bytes for each bucket of three histograms, and counters; packed it is some 1.3 KB.
    expect(plain).toBeGreaterThan(8000);
    expect(packed).toBeLessThan(plain / 5);
  });
});
