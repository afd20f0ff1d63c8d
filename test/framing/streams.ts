/**
 * Streams cut into chunks in every way, for tests of what reads them: framers and the reply reader.
 */
import fc from "fast-check";
import { type Framer, incomplete, malformed } from "../../src/framing/framers/framer.ts";

/** What a reader made of a stream: where messages end, and whether it broke. */
export interface Reading {
  readonly ends: readonly number[];
  readonly malformed: boolean;
}

/** Positions at which a stream is cut, ascending, possibly the same twice (an empty chunk). */
export type Cuts = readonly number[];

/** Reads a stream in chunks, each at some place of a larger array, as a transport hands them out. */
export function readInChunks(framer: Framer, stream: Uint8Array, cuts: Cuts, slot = 0): Reading {
  const ends: number[] = [];
  const buffer = Buffer.alloc(stream.length + 40);
  for (const [from, to] of chunksOf(stream.length, cuts)) {
    // What lies around the chunk must not matter.
    if (stream.length > 0) buffer.fill(stream);
    const offset = (from * 7) % 33;
    buffer.set(stream.subarray(from, to), offset);
    let at = offset;
    const end = offset + to - from;
    while (at < end) {
      const next = framer.scan(slot, buffer, at, end);
      if (next === incomplete) break;
      if (next === malformed) return { ends, malformed: true };
      // Without an assertion's machinery: most of the time of these tests would go there.
      if (next <= at || next > end) throw new Error(`${next} is not in (${at}, ${end}]`);
      ends.push(from + next - offset);
      at = next;
    }
  }
  return { ends, malformed: false };
}

export function chunksOf(length: number, cuts: Cuts): [number, number][] {
  const borders = [0, ...cuts, length];
  return borders.slice(1).map((to, i) => [borders[i] as number, to]);
}

/** One cut at every place, two cuts at every pair of places, and a cut after every byte. */
export function* everySplit(length: number): Generator<Cuts> {
  yield [];
  for (let first = 0; first <= length; first++) {
    for (let second = first; second <= length; second++) yield [first, second];
  }
  yield Array.from({ length }, (_, i) => i);
}

/** Random cuts of a stream. */
export function cutsOf(length: number): fc.Arbitrary<Cuts> {
  return fc
    .array(fc.integer({ min: 0, max: length }), { maxLength: 12 })
    .map((cuts) => cuts.sort((a, b) => a - b));
}

/** A stream, with random cuts of it. */
export function withCuts(stream: fc.Arbitrary<Uint8Array>): fc.Arbitrary<[Uint8Array, Cuts]> {
  return stream.chain((bytes) => fc.tuple(fc.constant(bytes), cutsOf(bytes.length)));
}

/** Reads a stream message by message; `lengthAt` says how long the one at a position is. */
export function readWhole(
  stream: Uint8Array,
  lengthAt: (position: number) => number | "incomplete" | "malformed",
): Reading {
  const ends: number[] = [];
  let at = 0;
  while (at < stream.length) {
    const length = lengthAt(at);
    if (length === "malformed") return { ends, malformed: true };
    if (length === "incomplete") break;
    at += length;
    ends.push(at);
  }
  return { ends, malformed: false };
}
