import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEchoFramer } from "../../../src/framing/framers/echo.ts";
import { incomplete, malformed } from "../../../src/framing/framers/framer.ts";
import { cutsOf, readInChunks } from "../streams.ts";

describe("createEchoFramer", () => {
  it("ends each reply after as many bytes as its message had, however the stream is cut", () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 20 });
    const withStream = lengths.chain((list) => {
      const total = list.reduce((sum, length) => sum + length, 0);
      return fc.tuple(fc.constant(list), fc.constant(total), cutsOf(total));
    });
    fc.assert(
      fc.property(withStream, ([list, total, cuts]) => {
        let calls = 0;
        const framer = createEchoFramer(1, () => list[calls++] as number);
        const reading = readInChunks(framer, Buffer.alloc(total), cuts);
        let end = 0;
        expect(reading).toEqual({
          ends: list.map((length) => {
            end += length;
            return end;
          }),
          malformed: false,
        });
        expect(calls).toBe(list.length);
      }),
    );
  });

  it("takes bytes that answer nothing for malformed", () => {
    const framer = createEchoFramer(1, () => 0);
    expect(framer.scan(0, Buffer.alloc(1), 0, 1)).toBe(malformed);
  });

  it("requests the length again after a reset", () => {
    let length = 10;
    const framer = createEchoFramer(1, () => length);
    const bytes = Buffer.alloc(10);
    expect(framer.scan(0, bytes, 0, 9)).toBe(incomplete);
    framer.reset(0);
    length = 2;
    expect(framer.scan(0, bytes, 3, 9)).toBe(5);
  });
});
