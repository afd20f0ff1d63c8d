import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rangeToCidrs } from "../../src/address/cidrs.ts";

describe("rangeToCidrs", () => {
  it("covers the range without gap or overlap, each block aligned", () => {
    const value = fc.bigInt({ min: 0n, max: 0xffffffffn });
    fc.assert(
      fc.property(value, value, (a, b) => {
        const [from, to] = a < b ? [a, b] : [b, a];
        let at = from;
        for (const { first, prefix } of rangeToCidrs([from, to], 32)) {
          const size = 1n << BigInt(32 - prefix);
          expect(first).toBe(at);
          expect(first % size).toBe(0n);
          at += size;
        }
        expect(at).toBe(to + 1n);
      }),
    );
  });

  it("needs as few blocks as there can be", () => {
    // Every aligned block is one; the worst range of 32 bits takes 62.
    expect(rangeToCidrs([0n, 0xffffffffn], 32)).toEqual([{ first: 0n, prefix: 0 }]);
    expect(rangeToCidrs([256n, 511n], 32)).toEqual([{ first: 256n, prefix: 24 }]);
    expect(rangeToCidrs([1n, 0xfffffffen], 32)).toHaveLength(62);
    expect(rangeToCidrs([7n, 7n], 128)).toEqual([{ first: 7n, prefix: 128 }]);
    // No two neighbours are halves of one block.
    fc.assert(
      fc.property(fc.nat(5000), fc.nat(5000), (from, length) => {
        const blocks = rangeToCidrs([BigInt(from), BigInt(from + length)], 32);
        for (const [i, block] of blocks.entries()) {
          const following = blocks[i + 1];
          const isLowerHalf = ((block.first >> BigInt(32 - block.prefix)) & 1n) === 0n;
          expect(following?.prefix === block.prefix && isLowerHalf).toBe(false);
        }
      }),
    );
  });
});
