import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { IdNumbers } from "../../../src/base/numbers/id-numbers.ts";
import { rounds } from "../../support/fuzz.ts";

describe("the numbers of messages", () => {
  it.each([2, 3, 10, 100, 256, 1000])("use each of %i before any again", (count) => {
    for (const random of [false, true]) {
      const numbers = new IdNumbers(count, random, 7);
      for (const connection of [0, 1, 999]) {
        const seen = Array.from({ length: count }, (_, n) => numbers.of(connection, n + 5 * count));
        expect(new Set(seen).size).toBe(count);
        expect(Math.min(...seen)).toBe(0);
        expect(Math.max(...seen)).toBe(count - 1);
      }
    }
  });

  it("say which message they are of, the latest that had them", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.constantFrom(2, 256, 65536, 2 ** 24, 2 ** 32, 100, 10 ** 9),
          fc.integer({ min: 2, max: 2 ** 32 }),
        ),
        fc.boolean(),
        fc.integer(),
        fc.nat(2 ** 31),
        fc.maxSafeNat(),
        fc.nat(1000),
        (count, random, seed, connection, big, back) => {
          const numbers = new IdNumbers(count, random, seed);
          const sequence = big % 2 ** 48;
          const number = numbers.of(connection, sequence);
          expect(Number.isInteger(number) && number >= 0 && number < count).toBe(true);
          const later = back % count;
          expect(numbers.sequenceOf(connection, number, sequence + later + 1)).toBe(sequence);
          expect(numbers.sequenceOf(connection, number, sequence + count + 1)).toBe(
            sequence + count,
          );
        },
      ),
      { numRuns: rounds(500, 20_000) },
    );
  });

  it("are of no message where none has had them", () => {
    const numbers = new IdNumbers(256, false, 0);
    expect(numbers.sequenceOf(0, 3, 3)).toBe(-1);
    expect(numbers.sequenceOf(0, 3, 4)).toBe(3);
    expect(numbers.sequenceOf(0, 256, 1000)).toBe(-1);
  });

  it("look random where they are, and differ between connections and seeds", () => {
    const first = (connection: number, seed: number) => {
      const numbers = new IdNumbers(65536, true, seed);
      return Array.from({ length: 50 }, (_, n) => numbers.of(connection, n));
    };
    const steps = first(0, 1).map((number, n, all) => number - (all[n - 1] ?? 0));
    expect(new Set(steps).size).toBeGreaterThan(45);
    expect(first(0, 1)).not.toEqual(first(1, 1));
    expect(first(0, 1)).not.toEqual(first(0, 2));
    expect(first(3, 1)).toEqual(first(3, 1));
  });
});
