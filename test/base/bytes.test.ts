import fc from "fast-check";
import { expect, it } from "vitest";
import {
  copyBytes,
  equalBytes,
  findByte,
  readUint32,
  writeLineEnd,
  writeUint32,
} from "../../src/base/bytes.ts";
import { rounds } from "../support/fuzz.ts";

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
        // Outside the range, the byte occurs everywhere or a little later.
        const whole = new Uint8Array(end + gap + after).fill(1);
        whole.fill(0, start, end + gap);
        const isThere = place !== null && place < length;
        if (isThere) whole[start + place] = 1;
        expect(findByte(whole, 1, start, end)).toBe(isThere ? start + place : end);
      },
    ),
    { numRuns: rounds(200, 10_000) },
  );
});

it("compares ranges of any length, in arrays that are Buffers or not", () => {
  const bytes = fc.uint8Array({ min: 0, max: 3, maxLength: 400 });
  fc.assert(
    fc.property(
      bytes,
      fc.nat(10),
      fc.nat(10),
      fc.option(fc.nat()),
      (content, aAt, bAt, changed) => {
        const a = new Uint8Array(content.length + 20).fill(7);
        const b = Buffer.alloc(content.length + 20, 9);
        a.set(content, aAt);
        b.set(content, bAt);
        const differs = changed !== null && content.length > 0;
        if (differs) {
          const at = bAt + (changed % content.length);
          b[at] = (b[at] as number) + 1;
        }
        expect(equalBytes(a, aAt, b, bAt, content.length)).toBe(!differs);
        expect(equalBytes(b, bAt, a, aAt, content.length)).toBe(!differs);
      },
    ),
  );
});

it("copies ranges of any length", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), fc.nat(20), (from, first, at) => {
      const start = Math.min(first, from.length);
      const into = new Uint8Array(at + from.length + 5).fill(7);
      const end = copyBytes(from, start, from.length, into, at);
      expect(end).toBe(at + from.length - start);
      const expected = [...from.subarray(start)];
      const rest = into.length - at - expected.length;
      expect([...into]).toEqual([...Array(at).fill(7), ...expected, ...Array(rest).fill(7)]);
    }),
    { numRuns: rounds(100, 5000) },
  );
});

it("writes and reads 32 bits in network order, and line ends", () => {
  const into = new Uint8Array(9).fill(7);
  expect(writeUint32(into, 1, 0xfedcba98)).toBe(5);
  expect(writeLineEnd(into, 5)).toBe(7);
  expect([...into]).toEqual([7, 0xfe, 0xdc, 0xba, 0x98, 13, 10, 7, 7]);
  expect(readUint32(into, 1)).toBe(0xfedcba98);
  writeUint32(into, 0, -1);
  expect(readUint32(into, 0)).toBe(2 ** 32 - 1);
  writeUint32(into, 0, 2 ** 32 + 5);
  expect(readUint32(into, 0)).toBe(5);
});
