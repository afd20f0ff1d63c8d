import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Stall } from "../../../src/servers/replies/stall.ts";

describe("a stall of 1 every 3, from 100 on", () => {
  const stall = new Stall(100, { everyNs: 3, forNs: 1 });
  test.each([
    [100, 100, 103],
    [101.9, 101.9, 103],
    [102, 103, 103],
    [102.5, 103, 103],
    [103, 103, 106],
    [105, 106, 106],
    [106, 106, 109],
  ])("at %d lets go at %d, and next ends at %d", (nowNs, releaseNs, endNs) => {
    expect(stall.releaseNs(nowNs)).toBe(releaseNs);
    expect(stall.nextEndNs(nowNs)).toBe(endNs);
  });
});

test("what waits stays in order, never waits longer than a stall, and an end is always ahead", () => {
  const integer = fc.integer({ min: 0, max: 10_000 });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      integer,
      integer,
      integer,
      (every, a, b, share) => {
        const forNs = share % (every + 1);
        const stall = new Stall(0, { everyNs: every, forNs });
        const [first, second] = a < b ? [a, b] : [b, a];
        expect(stall.releaseNs(first)).toBeLessThanOrEqual(stall.releaseNs(second));
        expect(stall.releaseNs(a) - a).toBeGreaterThanOrEqual(0);
        expect(stall.releaseNs(a) - a).toBeLessThanOrEqual(forNs);
        expect(stall.nextEndNs(a)).toBeGreaterThan(a);
        expect(stall.nextEndNs(a) % every).toBe(0);
      },
    ),
  );
});
