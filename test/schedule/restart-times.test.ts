import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RestartClock, restartNs } from "../../src/schedule/restart-times.ts";

const twice = { atNs: [3e9, 6e9], everyNs: null };

test("a list has an end, a period has none", () => {
  expect([0, 1, 2].map((index) => restartNs(twice, index))).toEqual([
    3e9,
    6e9,
    Number.POSITIVE_INFINITY,
  ]);
  expect([0, 1, 99].map((index) => restartNs({ atNs: [], everyNs: 2e9 }, index))).toEqual([
    2e9, 4e9, 200e9,
  ]);
});

describe("RestartClock", () => {
  test("nothing is announced before the run's zero is known", () => {
    const clock = new RestartClock(twice);
    expect(clock.lastAnnouncedNs(1e18)).toBe(Number.NEGATIVE_INFINITY);
    expect(clock.indexOf(0, 1e18)).toBe(-1);
    expect(clock.beginsAt(0)).toBe(Number.POSITIVE_INFINITY);
  });

  test("each is announced shortly before it starts, and never before the run's zero", () => {
    const clock = new RestartClock({ atNs: [20e6, 3e9], everyNs: null });
    clock.begin(10e9);
    expect(clock.announcedAt(0)).toBe(10e9);
    expect(clock.announcedAt(1)).toBe(12.9e9);
    expect(clock.beginsAt(1)).toBe(13e9);
    expect(clock.lastAnnouncedNs(10e9 - 1)).toBe(Number.NEGATIVE_INFINITY);
    expect(clock.lastAnnouncedNs(10e9)).toBe(10e9);
    expect(clock.nextAnnouncedNs).toBe(12.9e9);
    expect(clock.lastAnnouncedNs(20e9)).toBe(12.9e9);
    expect(clock.nextAnnouncedNs).toBe(Number.POSITIVE_INFINITY);
  });

  test("a part belongs to the restart within whose time it lies", () => {
    const clock = new RestartClock(twice);
    clock.begin(0);
    expect(clock.indexOf(2.5e9, 2.9e9)).toBe(-1);
    expect(clock.indexOf(2.9e9, 2.95e9)).toBe(0);
    expect(clock.indexOf(4e9, 5e9)).toBe(0);
    expect(clock.indexOf(5.9e9, 6.2e9)).toBe(1);
  });

  test("a part that a late worker could not cut belongs to the restart that started in it", () => {
    const clock = new RestartClock(twice);
    clock.begin(0);
    expect(clock.indexOf(2.7e9, 3.1e9)).toBe(0);
    expect(clock.indexOf(2.7e9, 2.99e9)).toBe(-1);
  });

  test("consecutive parts belong to consecutive restarts", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 5e9 }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1e9, max: 5e9 }),
        (lengths, everyNs) => {
          const clock = new RestartClock({ atNs: [], everyNs });
          clock.begin(0);
          let fromNs = 0;
          let before = -1;
          for (const length of lengths) {
            const index = clock.indexOf(fromNs, fromNs + length);
            expect(index).toBeGreaterThanOrEqual(before);
            expect(clock.announcedAt(index + 1)).toBeGreaterThan(fromNs);
            before = index;
            fromNs += length;
          }
        },
      ),
    );
  });
});
