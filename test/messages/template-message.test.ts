import fc from "fast-check";
import { expect, it } from "vitest";
import { maxDecimalBytes, writeDecimal } from "../../src/messages/template-message.ts";

it("writes integers as String does", () => {
  const check = (value: number) => {
    const into = Buffer.alloc(maxDecimalBytes + 4, "-");
    const digits = writeDecimal(into, 2, value);
    expect(digits).toBeLessThanOrEqual(maxDecimalBytes);
    expect(into.toString()).toBe(`--${value}`.padEnd(into.length, "-"));
  };
  for (let power = 1; power <= 1e15; power *= 10) {
    check(power);
    check(power - 1);
  }
  check(Number.MAX_SAFE_INTEGER);
  fc.assert(fc.property(fc.oneof(fc.maxSafeNat(), fc.nat(1_000_000)), check));
});
