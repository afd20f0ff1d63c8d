import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createMessage } from "../../src/messages/create-message.ts";
import { emptyKey } from "../../src/messages/message.ts";
import { boundsOf, createSizes } from "../../src/messages/sizes.ts";
import type { SizeSpec } from "../../src/messages/spec.ts";
import { isStamped, stampConnection, stampSequence } from "../../src/messages/stamp.ts";
import { rounds } from "../support/fuzz.ts";

const anySpec: fc.Arbitrary<SizeSpec> = fc.oneof(
  fc
    .tuple(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 3000 }))
    .map(([fromBytes, more]) => ({
      kind: "uniform" as const,
      fromBytes,
      toBytes: fromBytes + more,
    })),
  fc
    .tuple(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 0, max: 5000 }))
    .map(([meanBytes, more]) => ({
      kind: "exponential" as const,
      meanBytes,
      mostBytes: meanBytes + more,
    })),
  fc
    .array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 5 })
    .map((bytes) => ({ kind: "choices" as const, bytes })),
);

describe("random lengths", () => {
  test("stay within their bounds, and are the same at both ends in any order", () => {
    fc.assert(
      fc.property(anySpec, fc.nat(2 ** 32 - 1), fc.nat(2 ** 24), (spec, seed, connection) => {
        const here = createSizes(spec, seed);
        const there = createSizes(spec, seed);
        const { leastBytes, mostBytes } = boundsOf(spec);
        const lengths = Array.from({ length: 40 }, (_, sequence) => here.at(connection, sequence));
        const backwards = lengths.map((_, index) => there.at(connection, 39 - index));
        expect(backwards.reverse()).toEqual(lengths);
        const isWithin = (bytes: number) => bytes >= leastBytes && bytes <= mostBytes;
        expect(lengths.filter((bytes) => !Number.isInteger(bytes) || !isWithin(bytes))).toEqual([]);
      }),
      { numRuns: rounds(50, 1000) },
    );
  });

  const count = 20_000;
  function lengths(spec: SizeSpec, connections = 20): number[] {
    const sizes = createSizes(spec, 1);
    return Array.from({ length: count }, (_, i) =>
      sizes.at(i % connections, Math.floor(i / connections)),
    );
  }
  const mean = (all: number[]) => all.reduce((sum, bytes) => sum + bytes, 0) / all.length;

  test("uniform: each equally often", () => {
    const met = new Array<number>(10).fill(0);
    for (const bytes of lengths({ kind: "uniform", fromBytes: 0, toBytes: 9 })) {
      met[bytes] = (met[bytes] ?? 0) + 1;
    }
    // 2,000 each are expected; six standard deviations are 255.
    for (const times of met) expect(Math.abs(times - 2000)).toBeLessThan(255);
  });

  test("exponential: with the given mean, from 1 byte, never over the maximum", () => {
    const all = lengths({ kind: "exponential", meanBytes: 500, mostBytes: 5000 });
    // Rounding up adds half a byte, the cut takes little; six standard deviations are 21.
    expect(Math.abs(mean(all) - 500)).toBeLessThan(25);
    expect(Math.min(...all)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...all)).toBeLessThanOrEqual(5000);
  });

  test("choices: as often as they are listed", () => {
    const all = lengths({ kind: "choices", bytes: [64, 64, 64, 9000] });
    const long = all.filter((bytes) => bytes === 9000).length;
    expect(Math.abs(long - count / 4)).toBeLessThan(370);
    expect(new Set(all)).toEqual(new Set([64, 9000]));
  });
});

describe("a message of random length", () => {
  const context = { workload: 3, seed: 1, tag: 0 };
  const writerOf = (sizes: SizeSpec) => createMessage({ kind: "sizes", sizes }, context);

  test("is as long as both ends compute, stamped where there is room, and touches nothing else", () => {
    const writer = writerOf({ kind: "uniform", fromBytes: 0, toBytes: 40 });
    expect([writer.stamped, writer.partlyStamped, writer.fixedBytes]).toEqual([false, true, null]);
    for (let sequence = 0; sequence < 200; sequence++) {
      const into = Buffer.alloc(writer.maxBytes + 8, 0xee);
      const bytes = writer.write(into, 4, { ...emptyKey(), sequence, connection: 7 });
      expect(writer.bytesOf?.(7, sequence)).toBe(bytes);
      expect(isStamped(into, 4, 4 + bytes)).toBe(bytes >= 16);
      if (bytes >= 16) {
        expect([stampConnection(into, 4), stampSequence(into, 4)]).toEqual([7, sequence]);
      }
      expect(into.subarray(0, 4).every((byte) => byte === 0xee)).toBe(true);
      expect(into.subarray(4 + bytes).every((byte) => byte === 0xee)).toBe(true);
    }
  });

  test("says whether all, some or none are stamped", () => {
    const stamps = (fromBytes: number, toBytes: number) => {
      const { stamped, partlyStamped } = writerOf({ kind: "uniform", fromBytes, toBytes });
      return [stamped, partlyStamped];
    };
    expect(stamps(16, 30)).toEqual([true, false]);
    expect(stamps(15, 30)).toEqual([false, true]);
    expect(stamps(0, 15)).toEqual([false, false]);
  });
});
