import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSchedule } from "../../src/schedule/create-schedule.ts";
import { createPoissonCells, meanPerCell, mostPerCell } from "../../src/schedule/poisson-cells.ts";
import type { Schedule } from "../../src/schedule/schedule.ts";
import type { Stage } from "../../src/schedule/stages.ts";
import { rounds } from "../support/fuzz.ts";

function poisson(startRatePerSecond: number, stages: readonly Stage[], seed: number): Schedule {
  return createSchedule({ startRatePerSecond, stages, arrivals: "poisson", seed });
}

function constantPoisson(rate: number, durationNs: number, seed: number): Schedule {
  return poisson(rate, [{ durationNs, ratePerSecond: rate }], seed);
}

describe("Poisson arrivals", () => {
  it("have counts with the Poisson distribution's mean and variance", () => {
    // Small and large expected counts: inside one cell, and over several.
    for (const [rate, seconds] of [
      [0.5, 1],
      [7, 1],
      [1024, 1],
      [1000, 2.5],
      [5000, 1],
    ] as const) {
      const mean = rate * seconds;
      const draws = 1000;
      let sum = 0;
      let squares = 0;
      for (let seed = 0; seed < draws; seed++) {
        const { count } = constantPoisson(rate, seconds * 1e9, seed);
        sum += count;
        squares += (count - mean) ** 2;
      }
      const deviation = Math.sqrt(mean / draws);
      expect(Math.abs(sum / draws - mean)).toBeLessThan(4 * deviation);
      // The variance of a sample's variance: (2 mean^2 + mean) / draws.
      expect(Math.abs(squares / draws - mean)).toBeLessThan(
        4 * Math.sqrt((2 * mean * mean + mean) / draws),
      );
    }
  });

  it("have independent exponential gaps", () => {
    const rate = 1000;
    const schedule = constantPoisson(rate, 100e9, 5);
    const n = schedule.count - 1;
    const meanNs = 1e9 / rate;
    const bins = new Float64Array(20);
    let products = 0;
    let last = meanNs;
    for (let i = 0; i < n; i++) {
      const gap = schedule.intendedNs(i + 1) - schedule.intendedNs(i);
      // The gap's distribution function transforms it to a uniform number.
      const bin = Math.min(19, Math.floor(20 * (1 - Math.exp(-gap / meanNs))));
      bins[bin] = (bins[bin] as number) + 1;
      products += (gap / meanNs - 1) * (last / meanNs - 1);
      last = gap;
    }
    let chiSquared = 0;
    for (const bin of bins) chiSquared += (bin - n / 20) ** 2 / (n / 20);
    // 19 degrees of freedom: the 0.9999 quantile is 52.
    expect(chiSquared).toBeLessThan(52);
    expect(Math.abs(products)).toBeLessThan(4 * Math.sqrt(n));
  });

  it("have independent counts in windows across the borders of cells", () => {
    const schedule = constantPoisson(1024, 2000e9, 11);
    // Windows of 1 s that straddle two cells by halves.
    const windows = 1998;
    let squares = 0;
    for (let i = 0; i < windows; i++) {
      const count = schedule.due((i + 1.5) * 1e9) - schedule.due((i + 0.5) * 1e9);
      squares += (count - 1024) ** 2;
    }
    expect(Math.abs(squares / windows - 1024)).toBeLessThan(5 * 1024 * Math.sqrt(2 / windows));
  });

  it("follow the rate of the stages", () => {
    const stages = [
      { durationNs: 10e9, ratePerSecond: 4000 },
      { durationNs: 0, ratePerSecond: 0 },
      { durationNs: 5e9, ratePerSecond: 0 },
      { durationNs: 0, ratePerSecond: 1000 },
      { durationNs: 10e9, ratePerSecond: 1000 },
    ];
    const schedule = poisson(0, stages, 3);
    const at = (seconds: number) => schedule.due(seconds * 1e9);
    const within = (count: number, mean: number) =>
      expect(Math.abs(count - mean)).toBeLessThan(4 * Math.sqrt(mean));
    within(at(5), 5000);
    within(at(10) - at(5), 15_000);
    expect(at(14.999) - at(10)).toBe(0);
    within(at(25) - at(15), 10_000);
    expect(at(25)).toBe(schedule.count);
  });

  it("are the same for the same seed and others for another", () => {
    const times = (seed: number) => {
      const schedule = constantPoisson(3000, 2e9, seed);
      return Array.from({ length: schedule.count }, (_, n) => schedule.intendedNs(n));
    };
    expect(times(1)).toEqual(times(1));
    expect(times(1)).not.toEqual(times(2));
  });

  it("do not depend on the order of the calls", () => {
    const inOrder = constantPoisson(5000, 3e9, 8);
    const expected = Float64Array.from({ length: inOrder.count }, (_, n) => inOrder.intendedNs(n));
    const atRandom = constantPoisson(5000, 3e9, 8);
    fc.assert(
      fc.property(fc.nat(inOrder.count - 1), fc.nat(3_100_000_000), (n, elapsedNs) => {
        expect(atRandom.intendedNs(n)).toBe(expected[n]);
        const due = atRandom.due(elapsedNs);
        if (due > 0) expect(expected[due - 1]).toBeLessThanOrEqual(elapsedNs);
        if (due < inOrder.count) expect(expected[due]).toBeGreaterThan(elapsedNs);
      }),
      { numRuns: rounds(200, 20_000) },
    );
  });

  it("never go back in time and have `due` as their exact inverse", () => {
    const schedule = poisson(
      0,
      [
        { durationNs: 2e9, ratePerSecond: 3000 },
        { durationNs: 0, ratePerSecond: 0 },
        // Hours in: times have few digits left below the ns, and arrivals are 2 ns apart.
        { durationNs: 1e13, ratePerSecond: 0 },
        { durationNs: 1e6, ratePerSecond: 500_000_000 },
        { durationNs: 2e9, ratePerSecond: 0 },
      ],
      21,
    );
    const first = 100_000;
    let before = 0;
    for (let n = 0; n < first; n++) {
      const at = schedule.intendedNs(n);
      if (at < before || schedule.due(at) <= n || schedule.due(at - 1) > n)
        throw new Error(`arrival ${n}`);
      before = at;
    }
  });

  it("end before the schedule does", () => {
    for (let seed = 0; seed < 200; seed++) {
      const schedule = constantPoisson(1024, 1e9 + seed, seed);
      expect(schedule.intendedNs(schedule.count - 1)).toBeLessThan(schedule.durationNs);
      expect(schedule.intendedNs(schedule.count)).toBe(Infinity);
      expect(schedule.due(schedule.durationNs - 1)).toBe(schedule.count);
    }
    const never = constantPoisson(0, 1e9, 1);
    expect([never.count, never.due(1e10), never.intendedNs(0)]).toEqual([0, 0, Infinity]);
  });

  it("refuse more arrivals than can be counted, and say what to do", () => {
    expect(() => constantPoisson(1e9, 3600e9, 1)).toThrow(
      /poisson supports at most .* lower the rate/,
    );
  });
});

describe("createPoissonCells", () => {
  it("places as many arrivals as it counts, ascending, inside the cell", () => {
    const cells = createPoissonCells(4);
    const into = new Float64Array(mostPerCell);
    for (const cell of [0, 1, 2, 1_000_000, 2 ** 33]) {
      const size = cells.count(cell);
      cells.positions(cell, into);
      const positions = into.subarray(0, size);
      expect(positions).toEqual(positions.slice().sort());
      expect(positions[0]).toBeGreaterThanOrEqual(cell * meanPerCell);
      expect(positions[size - 1]).toBeLessThan((cell + 1) * meanPerCell);
    }
  });
});
