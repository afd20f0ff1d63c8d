import { expect, test } from "vitest";
import { incomplete, malformed } from "../../src/protocols/protocol.ts";
import { type LengthOf, SizedMessages } from "../../src/protocols/sized-messages.ts";
import { everySplit } from "../framing/streams.ts";

/** A byte that says how many follow, behind a head of two: 0xff and that byte. */
const lengthOf: LengthOf = (bytes, start, end) => {
  if (bytes[start] !== 0xff) return malformed;
  return end - start < 2 ? incomplete : 2 + (bytes[start + 1] as number);
};

const slot = 1;

test("messages are found however the stream is cut, and whatever another slot is in", () => {
  const stream = Uint8Array.of(0xff, 0, 0xff, 3, 1, 2, 3, 0xff, 1, 9);
  const messages = new SizedMessages(3, 2, lengthOf);
  for (const cuts of everySplit(stream.length)) {
    messages.reset(slot);
    const ends: number[] = [];
    let from = 0;
    for (const cut of [...cuts, stream.length]) {
      for (let at = from; at < cut; ) {
        at = messages.scan(slot, stream, at, cut);
        if (at < 0) break;
        ends.push(at);
        expect(messages.isBetween(slot)).toBe(true);
      }
      from = cut;
      expect(messages.scan(2, Uint8Array.of(0xff), 0, 1)).toBe(incomplete);
      expect(messages.isBetween(2)).toBe(false);
      messages.reset(2);
    }
    expect(ends).toEqual([2, 7, 10]);
  }
});

test("a head that cannot begin a message, or is longer than any, is malformed", () => {
  const messages = new SizedMessages(3, 2, lengthOf);
  expect(messages.scan(slot, Uint8Array.of(1, 2, 3), 0, 3)).toBe(malformed);
  const endless = new SizedMessages(3, 2, () => incomplete);
  expect(endless.scan(slot, Uint8Array.of(1), 0, 1)).toBe(incomplete);
  expect(endless.scan(slot, Uint8Array.of(2, 3), 0, 2)).toBe(malformed);
});
