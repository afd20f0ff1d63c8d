import fc from "fast-check";
import { expect, it } from "vitest";
import {
  hexLength,
  maxDecimalBytes,
  writeBytes,
  writeDecimal,
  writeDigits,
  writeHex,
} from "../../../src/base/numbers/digits.ts";

/** Numbers of all lengths. */
const numbers = fc.oneof(fc.maxSafeNat(), fc.nat(1_000_000), fc.nat(2 ** 31 - 1));

/** What is written between bytes that must not be touched. */
function written(write: (into: Buffer, at: number) => number, least: number): string {
  const into = Buffer.alloc(least + 24, "-");
  const end = write(into, 2);
  expect(into.toString("latin1", 0, 2)).toBe("--");
  expect(into.toString("latin1", end)).toBe("-".repeat(into.length - end));
  return into.toString("latin1", 2, end);
}

it("writes integers as String does", () => {
  const check = (value: number) => {
    const text = written((into, at) => at + writeDecimal(into, at, value), maxDecimalBytes);
    expect(text).toBe(String(value));
    expect(text.length).toBeLessThanOrEqual(maxDecimalBytes);
  };
  for (let power = 1; power <= 1e15; power *= 10) {
    check(power);
    check(power - 1);
  }
  check(2 ** 31);
  check(Number.MAX_SAFE_INTEGER);
  fc.assert(fc.property(numbers, check));
});

it("writes the last digits of an integer, with zeros in front", () => {
  fc.assert(
    fc.property(numbers, fc.integer({ min: 1, max: 16 }), (value, digits) => {
      const text = written((into, at) => {
        writeDigits(into, at, value, digits);
        return at + digits;
      }, digits);
      expect(text).toBe(String(value).padStart(16, "0").slice(-digits));
    }),
  );
});

it("writes integers in hexadecimal", () => {
  fc.assert(
    fc.property(numbers, (value) => {
      const text = written((into, at) => writeHex(into, at, value, hexLength(value)), 14);
      expect(text).toBe(value.toString(16));
    }),
  );
});

it("writes the low bytes of an integer, in either order", () => {
  fc.assert(
    fc.property(numbers, fc.constantFrom(1, 2, 4, 8), (value, bytes) => {
      const whole = Buffer.alloc(8);
      whole.writeBigUInt64BE(BigInt(value));
      const big = whole.subarray(8 - bytes);
      const write = (isLittle: boolean) => {
        const into = Buffer.alloc(bytes);
        expect(writeBytes(into, 0, value, bytes, isLittle)).toBe(bytes);
        return into;
      };
      expect(write(false)).toEqual(big);
      expect(write(true)).toEqual(Buffer.from(big).reverse());
    }),
  );
});
