import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFixedFramer } from "../../../src/framing/framers/fixed.ts";
import { incomplete } from "../../../src/framing/framers/framer.ts";
import { readInChunks, readWhole, withCuts } from "../streams.ts";

describe("createFixedFramer", () => {
  it("ends a message after every N bytes, however the stream is split", () => {
    fc.assert(
      fc.property(
        withCuts(fc.uint8Array({ maxLength: 300 })),
        fc.integer({ min: 1, max: 70 }),
        ([stream, cuts], bytes) => {
          const expected = readWhole(stream, (at) =>
            at + bytes <= stream.length ? bytes : "incomplete",
          );
          expect(readInChunks(createFixedFramer(1, bytes), stream, cuts)).toEqual(expected);
        },
      ),
    );
  });

  it("keeps slots apart and forgets on reset", () => {
    const framer = createFixedFramer(2, 4);
    const bytes = Buffer.alloc(4);
    expect(framer.scan(0, bytes, 0, 3)).toBe(incomplete);
    expect(framer.scan(1, bytes, 0, 4)).toBe(4);
    framer.reset(0);
    expect(framer.scan(0, bytes, 0, 3)).toBe(incomplete);
    expect(framer.scan(0, bytes, 0, 3)).toBe(1);
  });

  it("refuses messages without bytes", () => {
    expect(() => createFixedFramer(1, 0)).toThrow("assertion failed");
  });
});
