import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createMessage, messagesOf } from "../../src/messages/create-message.ts";
import { emptyKey } from "../../src/messages/message.ts";
import { MixChoice } from "../../src/messages/mix.ts";
import type { MixSpec } from "../../src/messages/spec.ts";
import { rounds } from "../support/fuzz.ts";

function countsOf(choice: MixChoice, connection: number, from: number, to: number): number[] {
  const counts: number[] = [];
  for (let sequence = from; sequence < to; sequence++) {
    const index = choice.of(connection, sequence);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return [...counts];
}

describe("which message each one is", () => {
  test("follows from seed, connection and sequence alone", () => {
    const of = (seed: number) => {
      const choice = new MixChoice([9, 1], seed);
      return Array.from({ length: 400 }, (_, i) => choice.of(i % 20, Math.floor(i / 20)));
    };
    expect(of(7)).toEqual(of(7));
    expect(of(7)).not.toEqual(of(8));
    const big = new MixChoice([9, 1], 2 ** 53 - 1);
    expect([0, 1]).toContain(big.of(2 ** 52, 2 ** 52));
  });

  test("each block of a connection has every message as often as its weight says", () => {
    const weights = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 8 });
    const numbers = fc.nat({ max: 2 ** 40 });
    fc.assert(
      fc.property(weights, numbers, numbers, fc.nat(2 ** 30), (given, seed, connection, block) => {
        const divisor = given.reduce(function divide(a, b): number {
          return b === 0 ? a : divide(b, a % b);
        });
        const exact = given.map((weight) => weight / divisor);
        const length = exact.reduce((a, b) => a + b);
        const choice = new MixChoice(given, seed);
        const from = block * length;
        expect(countsOf(choice, connection, from, from + length)).toEqual(exact);
        // So has any number of whole blocks.
        const more = countsOf(choice, connection, 0, 5 * length);
        expect(more).toEqual(exact.map((weight) => 5 * weight));
      }),
      { numRuns: rounds(50, 5000) },
    );
  });

  test("connections that send one message each have the weights together", () => {
    const choice = new MixChoice([9, 1], 1);
    const counts = [0, 0];
    for (let connection = 0; connection < 100_000; connection++) {
      const index = choice.of(connection, 0);
      counts[index] = (counts[index] ?? 0) + 1;
    }
    // Some five standard deviations.
    expect(Math.abs((counts[1] ?? 0) - 10_000)).toBeLessThan(500);
  });

  test("the rare one stands anywhere in its block", () => {
    const choice = new MixChoice([9, 1], 3);
    const places = new Set<number>();
    for (let sequence = 0; sequence < 2000; sequence++) {
      if (choice.of(0, sequence) === 1) places.add(sequence % 10);
    }
    expect(places.size).toBe(10);
  });
});

describe("a mix", () => {
  const run = { workload: 1, seed: 5, tag: 2 };
  const mix = (...messages: MixSpec["messages"][number]["message"][]): MixSpec => ({
    kind: "mix",
    messages: messages.map((message) => ({ weight: 1, message })),
  });
  const get = { kind: "template", text: "GET {{sequence}} {{random 0 9}}\n" } as const;
  const set = { kind: "bytes", base64: Buffer.from("SET\n").toString("base64") } as const;
  const write = (spec: MixSpec, connection: number, sequence: number) => {
    const writer = createMessage(spec, run);
    const into = Buffer.alloc(writer.maxBytes + 3);
    const length = writer.write(into, 3, { ...emptyKey(), connection, sequence });
    return into.toString("latin1", 3, 3 + length);
  };

  test("writes the message that it is, the same once more", () => {
    const texts = Array.from({ length: 8 }, (_, sequence) => write(mix(get, set), 4, sequence));
    expect(texts.filter((text) => text === "SET\n")).toHaveLength(4);
    for (const [sequence, text] of texts.entries()) {
      if (text !== "SET\n") expect(text).toMatch(new RegExp(`^GET ${sequence} \\d\n$`));
      expect(write(mix(get, set), 4, sequence)).toBe(text);
    }
  });

  test("has what its messages have in common", () => {
    const size = (bytes: number) => ({ kind: "size", bytes }) as const;
    const number = { kind: "template", text: "{{number}} {{source}}" } as const;
    expect(createMessage(mix(size(64), size(64)), run)).toMatchObject({
      constant: null,
      fixedBytes: 64,
      stamped: true,
      isDistinct: true,
    });
    const uneven = createMessage(mix(size(64), size(20)), run);
    expect(uneven).toMatchObject({ fixedBytes: null, maxBytes: 64, stamped: true });
    for (let sequence = 0; sequence < 4; sequence++) {
      const { length } = write(mix(size(64), size(20)), 0, sequence);
      expect(uneven.bytesOf?.(0, sequence)).toBe(length);
    }
    const partly = createMessage(mix(size(64), set), run);
    expect(partly).toMatchObject({ stamped: false, partlyStamped: true, isDistinct: false });
    const some = createMessage(mix(set, number), run);
    expect(some.uses).toEqual({ number: true, sentNs: false, source: true, times: false });
    expect(some.bytesOf).toBeNull();
    expect(messagesOf(mix(get, set))).toEqual([get, set]);
    expect(messagesOf(set)).toEqual([set]);
  });
});
