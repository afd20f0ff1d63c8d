import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createConstantSchedule, createSchedule } from "../../src/schedule/create-schedule.ts";
import { createPortion, portionOf } from "../../src/schedule/portion.ts";

describe("portionOf", () => {
  it("divides without remainder", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 50 }),
        fc.integer({ min: 1, max: 64 }),
        fc.integer({ min: 0, max: 200 }),
        (total, of, more) => {
          const cycle = of + more;
          let sum = 0;
          for (let portion = 0; portion < of; portion++)
            sum += portionOf(total, { portion, ofPortions: of, cycle });
          expect(sum).toBe(total);
        },
      ),
    );
    expect(portionOf(Infinity, { portion: 2, ofPortions: 3, cycle: 3 })).toBe(Infinity);
  });
});

describe("createPortion", () => {
  const spec = {
    startRatePerSecond: 0,
    stages: [
      { durationNs: 1.5e9, ratePerSecond: 700 },
      { durationNs: 0, ratePerSecond: 50 },
      { durationNs: 3e9, ratePerSecond: 900 },
    ],
    seed: 7,
  };

  it.each(["constant", "poisson"] as const)(
    "distributes %s arrivals, each exactly once",
    (arrivals) => {
      const whole = createSchedule({ ...spec, arrivals });
      for (const workers of [1, 2, 3, 4, 7]) {
        const times = new Float64Array(whole.count).fill(-1);
        let count = 0;
        const twice: number[] = [];
        for (let portion = 0; portion < workers; portion++) {
          // Each worker creates its own schedule from the same plan.
          const part = createPortion(createSchedule({ ...spec, arrivals }), {
            portion,
            ofPortions: workers,
            cycle: 10,
          });
          count += part.count;
          for (let i = 0; i < part.count; i++) {
            if (times[part.globalIndex(i)] !== -1) twice.push(part.globalIndex(i));
            times[part.globalIndex(i)] = part.intendedNs(i);
          }
          expect(part.intendedNs(part.count)).toBe(Infinity);
        }
        expect(twice).toEqual([]);
        expect(count).toBe(whole.count);
        expect(times.findIndex((at, n) => at !== whole.intendedNs(n))).toBe(-1);
      }
    },
  );

  it("has portions of `due` that sum to the whole", () => {
    const schedule = createSchedule({ ...spec, arrivals: "constant" });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 5e9 }),
        fc.integer({ min: 1, max: 9 }),
        (elapsedNs, workers) => {
          let sum = 0;
          for (let portion = 0; portion < workers; portion++) {
            const part = createPortion(schedule, { portion, ofPortions: workers, cycle: 10 });
            const due = part.due(elapsedNs);
            sum += due;
            if (due > 0) expect(part.intendedNs(due - 1)).toBeLessThanOrEqual(elapsedNs);
            expect(part.intendedNs(due)).toBeGreaterThan(elapsedNs);
          }
          expect(sum).toBe(schedule.due(elapsedNs));
        },
      ),
    );
  });

  it("gives a worker with one connection more one arrival more of each cycle", () => {
    const schedule = createConstantSchedule(100, 3e9);
    const counts = [0, 1].map((portion) => {
      const part = createPortion(schedule, { portion, ofPortions: 2, cycle: 3 });
      expect([0, 1, 2, 3].map(part.globalIndex)).toEqual(
        portion === 0 ? [0, 2, 3, 5] : [1, 4, 7, 10],
      );
      return part.count;
    });
    expect(counts).toEqual([200, 100]);
  });

  it("refuses a portion that does not exist", () => {
    const schedule = createConstantSchedule(1, 1e9);
    for (const [portion, of] of [
      [2, 2],
      [-1, 2],
      [0, 0],
      [0.5, 2],
    ] as const) {
      expect(() => createPortion(schedule, { portion, ofPortions: of, cycle: 2 })).toThrow(
        "assertion failed",
      );
    }
  });
});
