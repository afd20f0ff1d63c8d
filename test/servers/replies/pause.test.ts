import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Pause } from "../../../src/servers/replies/pause.ts";

describe("a pause of 1 every 3, from 100 on", () => {
  const pause = new Pause(100, { everyNs: 3, forNs: 1 });
  test.each([
    [100, 100, 103],
    [101.9, 101.9, 103],
    [102, 103, 103],
    [102.5, 103, 103],
    [103, 103, 106],
    [105, 106, 106],
    [106, 106, 109],
  ])("at %d lets go at %d, and next ends at %d", (nowNs, releaseNs, endNs) => {
    expect(pause.releaseNs(nowNs)).toBe(releaseNs);
    expect(pause.nextEndNs(nowNs)).toBe(endNs);
  });
});

test("what waits stays in order, never longer than a pause, and the next end is always in the future", () => {
  const integer = fc.integer({ min: 0, max: 10_000 });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      integer,
      integer,
      integer,
      (every, a, b, ratio) => {
        const forNs = ratio % (every + 1);
        const pause = new Pause(0, { everyNs: every, forNs });
        const [first, second] = a < b ? [a, b] : [b, a];
        expect(pause.releaseNs(first)).toBeLessThanOrEqual(pause.releaseNs(second));
        expect(pause.releaseNs(a) - a).toBeGreaterThanOrEqual(0);
        expect(pause.releaseNs(a) - a).toBeLessThanOrEqual(forNs);
        expect(pause.nextEndNs(a)).toBeGreaterThan(a);
        expect(pause.nextEndNs(a) % every).toBe(0);
      },
    ),
  );
});
