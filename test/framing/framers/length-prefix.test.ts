import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { incomplete } from "../../../src/framing/framers/framer.ts";
import { createLengthPrefixFramer } from "../../../src/framing/framers/length-prefix.ts";
import type { LengthPrefixSpec } from "../../../src/framing/framers/specs.ts";
import { rounds } from "../../support/fuzz.ts";
import { cutsOf, everySplit, type Reading, readInChunks, readWhole, withCuts } from "../streams.ts";

type Layout = Omit<LengthPrefixSpec, "kind">;

function reference(stream: Uint8Array, spec: Layout): Reading {
  const header = spec.offset + spec.bytes;
  return readWhole(stream, (at) => {
    if (at + header > stream.length) return "incomplete";
    const field = [...stream.subarray(at + spec.offset, at + header)];
    if (spec.byteOrder === "little") field.reverse();
    const value = BigInt(`0x${Buffer.from(field).toString("hex")}`);
    const trailing = BigInt(spec.trailing ?? 0);
    const total = (spec.includesHeader ? value : value + BigInt(header)) + trailing;
    if (total < BigInt(header) + trailing || total > BigInt(spec.maxBytes)) return "malformed";
    return BigInt(at) + total <= BigInt(stream.length) ? Number(total) : "incomplete";
  });
}

const specs = fc.record({
  bytes: fc.constantFrom(1 as const, 2 as const, 4 as const, 8 as const),
  byteOrder: fc.constantFrom("big" as const, "little" as const),
  offset: fc.integer({ min: 0, max: 5 }),
  includesHeader: fc.boolean(),
  trailing: fc.integer({ min: 0, max: 3 }),
  maxBytes: fc.constantFrom(100, 255, 1_000_000),
});

/** Messages written by the rules of a specification. */
function write(spec: Layout, bodyLengths: readonly number[]): Buffer {
  return Buffer.concat(
    bodyLengths.map((body) => {
      const header = spec.offset + spec.bytes;
      const message = Buffer.alloc(header + body + (spec.trailing ?? 0), 0xee);
      let rest = spec.includesHeader ? header + body : body;
      for (let i = 0; i < spec.bytes; i++) {
        const place = spec.byteOrder === "little" ? i : spec.bytes - 1 - i;
        message[spec.offset + place] = rest % 256;
        rest = Math.floor(rest / 256);
      }
      return message;
    }),
  );
}

describe("createLengthPrefixFramer", () => {
  it("finds the messages that were written, however the stream is cut", () => {
    const cases = specs
      .chain((spec) =>
        fc.tuple(
          fc.constant({ ...spec, maxBytes: 1000 }),
          fc.array(fc.integer({ min: 0, max: spec.bytes === 1 ? 240 : 900 }), { maxLength: 8 }),
        ),
      )
      .map(([spec, lengths]) => ({ spec, lengths, stream: write(spec, lengths) }))
      .chain((one) => fc.tuple(fc.constant(one), cutsOf(one.stream.length)));
    fc.assert(
      fc.property(cases, ([{ spec, lengths, stream }, cuts]) => {
        const reading = readInChunks(createLengthPrefixFramer(1, spec), stream, cuts);
        expect(reading.ends.length).toBe(lengths.length);
        expect(reading).toEqual(reference(stream, spec));
      }),
      { numRuns: rounds(100, 5000) },
    );
  });

  it("agrees with a reader of the whole on streams of any content", () => {
    // Mostly small bytes, so that lengths are often short enough.
    const byte = fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(0, 0, 0, 1, 5, 20) },
      { weight: 1, arbitrary: fc.nat(255) },
    );
    const stream = fc.array(byte, { maxLength: 200 }).map((list) => Uint8Array.from(list));
    fc.assert(
      fc.property(withCuts(stream), specs, ([bytes, cuts], spec) => {
        const reading = readInChunks(createLengthPrefixFramer(1, spec), bytes, cuts);
        expect(reading).toEqual(reference(bytes, spec));
      }),
      { numRuns: rounds(200, 20_000) },
    );
  });

  it("handles every split of a small stream", () => {
    const spec: Layout = {
      bytes: 4,
      byteOrder: "big",
      offset: 2,
      includesHeader: true,
      maxBytes: 100,
    };
    const stream = write(spec, [0, 3, 1]);
    for (const cuts of everySplit(stream.length)) {
      const reading = readInChunks(createLengthPrefixFramer(1, spec), stream, cuts);
      expect(reading).toEqual({ ends: [6, 15, 22], malformed: false });
    }
  });

  it("refuses lengths over the limit, those of 8 bytes and all ones too", () => {
    for (const byteOrder of ["big", "little"] as const) {
      const spec = {
        bytes: 8,
        byteOrder,
        offset: 0,
        includesHeader: false,
        maxBytes: 2 ** 40,
      } as const;
      const reading = readInChunks(createLengthPrefixFramer(1, spec), Buffer.alloc(8, 0xff), [3]);
      expect(reading).toEqual({ ends: [], malformed: true });
    }
  });

  it("keeps slots apart and forgets on reset", () => {
    const framer = createLengthPrefixFramer(2, {
      bytes: 2,
      byteOrder: "big",
      offset: 0,
      includesHeader: false,
      maxBytes: 100,
    });
    expect(framer.scan(0, Buffer.from([0]), 0, 1)).toBe(incomplete);
    expect(framer.scan(1, Buffer.from([0, 0]), 0, 2)).toBe(2);
    expect(framer.scan(0, Buffer.from([3, 9]), 0, 2)).toBe(incomplete);
    framer.reset(0);
    expect(framer.scan(0, Buffer.from([0, 1, 9]), 0, 3)).toBe(3);
  });
});
