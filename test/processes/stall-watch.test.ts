import { describe, expect, it } from "vitest";
import { StallWatch } from "../../src/processes/stall-watch.ts";

/** Looks `times` times, so many ms apart. @returns at which looks something hung */
function looks(
  watch: StallWatch<string>,
  times: number,
  everyMs: number,
  progress: (look: number) => number | null,
  fromMs = 0,
): number[] {
  const hung: number[] = [];
  for (let look = 1; look <= times; look++) {
    const nowNs = (fromMs + look * everyMs) * 1e6;
    if (watch.look(nowNs, [["one", progress(look)]]).length > 0) hung.push(look);
  }
  return hung;
}

describe("StallWatch", () => {
  it("finds what has stood still for 5 s, once", () => {
    // The first look only learns how far it has come.
    expect(looks(new StallWatch(0), 30, 250, () => 7)).toEqual([21]);
  });

  it("leaves alone what goes on, however slowly", () => {
    expect(looks(new StallWatch(0), 200, 250, (look) => Math.floor(look / 19))).toEqual([]);
  });

  it("does not watch what has no progress to make", () => {
    expect(looks(new StallWatch(0), 100, 250, () => null)).toEqual([]);
    expect(looks(new StallWatch(0), 100, 250, (look) => (look % 20 === 0 ? null : 1))).toEqual([]);
  });

  it("counts only time in which it looked: who was stopped itself knows nothing of others", () => {
    const watch = new StallWatch<string>(0);
    expect(looks(watch, 4, 250, () => 1)).toEqual([]);
    // An hour later.
    expect(looks(watch, 1, 3_600_000, () => 1, 1_000)).toEqual([]);
    // A machine so busy that it looks every 3 s: ten looks all the same.
    expect(looks(new StallWatch(0), 12, 3_000, () => 1)).toEqual([11]);
  });

  it("counts a quarter of the time in which it waited for a CPU", () => {
    const watch = new StallWatch<string>(0);
    const hung: number[] = [];
    for (let look = 1; look <= 100; look++) {
      const nowNs = look * 250e6;
      // It runs in each tenth look alone.
      const waitedNs = () => 250e6 * (look - Math.floor(look / 10));
      if (watch.look(nowNs, [["one", 7]], waitedNs).length > 0) hung.push(look);
    }
    // 18 s instead of 5: 20 looks' worth, of which 9 in 10 count for a quarter.
    expect(hung[0]).toBeGreaterThan(55);
    expect(hung[0]).toBeLessThan(75);
  });

  it("tells several apart", () => {
    const watch = new StallWatch<number>(0);
    for (let look = 1; look <= 20; look++) {
      const found = watch.look(look * 250e6, [
        [0, look],
        [1, 5],
      ]);
      expect(found).toEqual([]);
    }
    expect(
      watch.look(21 * 250e6, [
        [0, 21],
        [1, 5],
      ]),
    ).toEqual([1]);
  });
});
