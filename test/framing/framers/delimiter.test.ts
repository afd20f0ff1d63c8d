import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDelimiterFramer } from "../../../src/framing/framers/delimiter.ts";
import { incomplete } from "../../../src/framing/framers/framer.ts";
import { rounds } from "../../support/fuzz.ts";
import { everySplit, type Reading, readInChunks, readWhole, withCuts } from "../streams.ts";

function reference(stream: Uint8Array, delimiter: Buffer, maxBytes: number): Reading {
  const bytes = Buffer.from(stream);
  return readWhole(stream, (at) => {
    const found = bytes.indexOf(delimiter, at);
    const length = found < 0 ? Infinity : found + delimiter.length - at;
    if (length <= maxBytes) return length;
    return found >= 0 || stream.length - at >= maxBytes ? "malformed" : "incomplete";
  });
}

describe("createDelimiterFramer", () => {
  it.each([
    ["\r\n", "+OK\r\n\r\nx\r\r\n\n\ry"],
    ["aab", "aaabaabaaaaab"],
    ["abab", "abaabababababab"],
    ["aa", "aaaaa"],
    ["\n", "\n\na\nbc"],
    ["abcabd", "abcabcabdabcabd"],
  ])("finds %j wherever the stream %j is cut", (delimiter, text) => {
    const stream = Buffer.from(text);
    const expected = reference(stream, Buffer.from(delimiter), 1000);
    expect(expected.ends.length).toBeGreaterThan(1);
    for (const cuts of everySplit(stream.length)) {
      const framer = createDelimiterFramer(1, Buffer.from(delimiter), 1000);
      expect(readInChunks(framer, stream, cuts)).toEqual(expected);
    }
  });

  it("agrees with a search of the whole stream", () => {
    // Two letters: delimiters overlap themselves and each other all the time.
    const letters = fc.constantFrom(97, 98);
    const stream = fc.array(letters, { maxLength: 400 }).map((list) => Uint8Array.from(list));
    fc.assert(
      fc.property(
        withCuts(stream),
        fc.array(letters, { minLength: 1, maxLength: 6 }).map((list) => Buffer.from(list)),
        fc.integer({ min: 6, max: 80 }),
        ([bytes, cuts], delimiter, maxBytes) => {
          const framer = createDelimiterFramer(1, delimiter, maxBytes);
          expect(readInChunks(framer, bytes, cuts)).toEqual(reference(bytes, delimiter, maxBytes));
        },
      ),
      { numRuns: rounds(100, 10_000) },
    );
  });

  it("finds delimiters in long lines", () => {
    const stream = Buffer.from(
      `${"x".repeat(5000)}\r${"y".repeat(70_000)}\r\n${"z".repeat(9)}\r\n`,
    );
    const expected = reference(stream, Buffer.from("\r\n"), 100_000);
    expect(expected.ends).toEqual([75_003, 75_014]);
    for (const cuts of [[], [4990, 5001], [75_002], [1, 2, 3, 75_001, 75_002, 75_003]]) {
      const framer = createDelimiterFramer(1, Buffer.from("\r\n"), 100_000);
      expect(readInChunks(framer, stream, cuts)).toEqual(expected);
    }
  });

  it("takes a message of maxBytes and refuses a longer one", () => {
    for (const cuts of everySplit(6)) {
      const read = (maxBytes: number) =>
        readInChunks(
          createDelimiterFramer(1, Buffer.from("\n"), maxBytes),
          Buffer.from("abcde\n"),
          cuts,
        );
      expect(read(6)).toEqual({ ends: [6], malformed: false });
      expect(read(5)).toEqual({ ends: [], malformed: true });
    }
  });

  it("keeps slots apart and forgets on reset", () => {
    const framer = createDelimiterFramer(2, Buffer.from("\r\n"), 100);
    expect(framer.scan(0, Buffer.from("a\r"), 0, 2)).toBe(incomplete);
    expect(framer.scan(1, Buffer.from("\n"), 0, 1)).toBe(incomplete);
    framer.reset(0);
    expect(framer.scan(0, Buffer.from("\n"), 0, 1)).toBe(incomplete);
  });
});
