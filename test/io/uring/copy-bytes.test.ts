import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { copyBytes } from "../../../src/io/uring/copy-bytes.ts";
import { Memory } from "../../../src/io/uring/kernel/memory.ts";

describe("copying bytes", () => {
  it("copies the range and nothing else, short or long, in part or whole", () => {
    const to = new Memory(2048);
    const length = fc.oneof(fc.nat(16), fc.integer({ min: 500, max: 520 }), fc.nat(1000));
    fc.assert(
      fc.property(length, fc.nat(9), fc.nat(9), fc.nat(300), (bytes, before, after, at) => {
        const from = Uint8Array.from({ length: before + bytes + after }, (_, index) => index % 251);
        to.bytes.fill(255);
        const expected = to.bytes.slice();
        expected.set(from.slice(before, before + bytes), at);
        copyBytes(from, before, before + bytes, to, at);
        expect(Buffer.compare(to.bytes, expected)).toBe(0);
      }),
    );
    to.free();
  });
});
