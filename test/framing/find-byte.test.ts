import fc from "fast-check";
import { expect, it } from "vitest";
import { findByte } from "../../src/framing/find-byte.ts";

it("finds the first place of a byte in a range, and looks no further", () => {
  const lengths = fc.nat(200);
  fc.assert(
    fc.property(
      lengths,
      lengths,
      lengths,
      fc.option(lengths),
      fc.nat(20_000),
      (before, length, gap, place, after) => {
        const start = before;
        const end = start + length;
        // Around the range, the byte that is looked for is everywhere or a little later.
        const whole = new Uint8Array(end + gap + after).fill(1);
        whole.fill(0, start, end + gap);
        const isThere = place !== null && place < length;
        if (isThere) whole[start + place] = 1;
        expect(findByte(whole, 1, start, end)).toBe(isThere ? start + place : end);
      },
    ),
    { numRuns: 1000 },
  );
});
