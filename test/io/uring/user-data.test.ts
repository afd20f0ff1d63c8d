import { describe, expect, it } from "vitest";
import { high, low } from "../../../src/io/uring/kernel/memory.ts";
import {
  detailShift,
  operation,
  operationMask,
  userData,
} from "../../../src/io/uring/user-data.ts";

describe("operations", () => {
  it("are distinguished by the byte that the mask leaves, whatever their detail", () => {
    const numbers = Object.values(operation);
    expect(new Set(numbers).size).toBe(numbers.length);
    for (const number of numbers) {
      expect(number & operationMask).toBe(number);
      const tag = number | (4095 << detailShift);
      expect(tag & operationMask).toBe(number);
      expect(tag >>> detailShift).toBe(4095);
    }
  });

  it("name a request by slot and operation, as the two words of its user data", () => {
    for (const slot of [0, 1, 1_048_575, 0x7fffffff]) {
      const target = userData(slot, operation.pendingSend);
      expect(low(target)).toBe(slot);
      expect(high(target)).toBe(operation.pendingSend);
    }
  });
});
