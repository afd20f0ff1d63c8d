import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { copyBytes } from "../../../src/io/uring/copy-bytes.ts";

describe("copying bytes", () => {
  it("copies the range and nothing beside it, short or long, in part or whole", () => {
    const length = fc.oneof(fc.nat(4), fc.integer({ min: 120, max: 140 }), fc.nat(1000));
    fc.assert(
      fc.property(length, fc.nat(9), fc.nat(9), fc.nat(300), (bytes, before, after, at) => {
        const from = Uint8Array.from({ length: before + bytes + after }, (_, index) => index % 251);
        const to = new Uint8Array(at + bytes + 5).fill(255);
        const expected = to.slice();
        expected.set(from.slice(before, before + bytes), at);
        copyBytes(from, before, before + bytes, to, at);
        expect(Buffer.compare(to, expected)).toBe(0);
      }),
    );
  });
});
