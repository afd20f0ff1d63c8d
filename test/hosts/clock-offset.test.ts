import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ClockOffset } from "../../src/hosts/clock-offset.ts";

/** Asks at a time, the answer there and back taking so long, of a clock that shows `theirs`. */
function ask(
  clock: ClockOffset,
  atNs: number,
  there: number,
  back: number,
  theirs: (ns: number) => number,
) {
  clock.add(atNs, theirs(atNs + there), atNs + there + back);
}

describe("the offset of another host's clock", () => {
  it("is that of the quickest answer, and no more wrong than it says, whatever the ways take", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e12, max: 1e12 }),
        fc.array(fc.tuple(fc.nat(5e6), fc.nat(5e6)), { minLength: 1, maxLength: 40 }),
        (offset, ways) => {
          const clock = new ClockOffset();
          let at = 1e9;
          for (const [there, back] of ways) {
            ask(clock, at, there, back, (ns) => ns + offset);
            at += 1e7;
          }
          const { offsetNs, errorNs } = clock.estimate ?? { offsetNs: Number.NaN, errorNs: 0 };
          expect(Math.abs(offsetNs - offset)).toBeLessThanOrEqual(errorNs + 1e-3);
          expect(errorNs).toBe(Math.min(...ways.map(([there, back]) => (there + back) / 2)));
        },
      ),
    );
  });

  it("stays during a run; what is measured afterwards says how wrong it has become", () => {
    const clock = new ClockOffset();
    // 50 millionths faster than ours.
    const theirs = (ns: number) => 3e9 + ns * 1.00005;
    ask(clock, 0, 1000, 1000, theirs);
    clock.begin();
    expect(clock.estimate?.driftPpm).toBe(0);
    ask(clock, 5e9, 100, 100, theirs);
    clock.end();
    ask(clock, 10e9, 2000, 2000, theirs);
    const { offsetNs = 0, errorNs = 0, driftPpm = 0 } = clock.estimate ?? {};
    expect(offsetNs).toBeCloseTo(3e9, 0);
    expect(driftPpm).toBeCloseTo(50, 0);
    // 0.5 ms in 10 s, and the error of the last answer.
    expect(errorNs).toBeCloseTo(500_000 + 2000, -2);
  });

  it("is not known before an answer", () => {
    expect(new ClockOffset().estimate).toBeNull();
  });
});
