import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeMessage, encodeMessage } from "../../src/channel/encoding.ts";
import { anyText } from "../support/fuzz.ts";

const typedArray = fc.oneof(
  fc.uint8Array(),
  fc.int8Array(),
  fc.uint16Array(),
  fc.int16Array(),
  fc.uint32Array(),
  fc.int32Array(),
  fc.float32Array(),
  fc.float64Array(),
);

const message = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    anyText(),
    fc.double(),
    fc.constantFrom(undefined, null, true, false, -0, Number.NaN, Number.POSITIVE_INFINITY),
    typedArray,
    fc.array(tie("value")),
    fc.dictionary(fc.constantFrom("$", "a", "type", "größe", "__proto__"), tie("value"), {
      noNullPrototype: true,
    }),
  ),
})).value;

describe("a message as bytes", () => {
  it("is the same again, whatever it has", () => {
    fc.assert(
      fc.property(message, (value) => {
        expect(decodeMessage(encodeMessage(value))).toStrictEqual(value);
      }),
    );
  });

  it("has the elements of a part of an array only, and as bytes", () => {
    const counts = new Float64Array(100_000).subarray(10, 20).fill(1.5);
    const bytes = encodeMessage({ counts });
    expect(bytes.length).toBeLessThan(150);
    expect(decodeMessage(bytes)).toStrictEqual({ counts: new Float64Array(10).fill(1.5) });
  });

  it("has what is at several places once, and the same again", () => {
    const counts = { indexes: new Uint32Array(500).fill(3), count: Number.NaN };
    const message = { steady: [counts, counts], counts, indexes: counts.indexes };
    const bytes = encodeMessage(message);
    expect(bytes.length).toBeLessThan(2200);
    const decoded = decodeMessage(bytes) as typeof message;
    expect(decoded).toStrictEqual(message);
    expect(decoded.steady[0]).toBe(decoded.counts);
    expect(decoded.indexes).toBe(decoded.counts.indexes);
  });

  it("does not grow with what it has at several places: only what has nothing else in it is the same", () => {
    let value: unknown = [1];
    for (let depth = 0; depth < 10; depth++) value = [value, value];
    const decoded = decodeMessage(encodeMessage(value)) as unknown[];
    expect(decoded).toStrictEqual(value);
    expect(decoded[0]).not.toBe(decoded[1]);
  });

  it("is read from within a Buffer that has more", () => {
    const message = { a: new Float64Array([1, 2, 3]), b: [new Uint32Array([5])] };
    const bytes = Buffer.concat([Buffer.from([1, 2, 3]), encodeMessage(message)]).subarray(3);
    expect(decodeMessage(bytes)).toStrictEqual(message);
  });

  it("is refused where it is not plain data", () => {
    expect(() => encodeMessage({ at: new Date(0) })).toThrow("plain objects only");
    expect(() => encodeMessage([() => 1])).toThrow("plain data");
    expect(() => encodeMessage({ n: new BigInt64Array(1) })).toThrow(
      "typed arrays of numbers only",
    );
  });
});

describe("bytes that are no message", () => {
  const of = (json: string, more = 0) => {
    const bytes = new Uint8Array(4 + json.length + more);
    new DataView(bytes.buffer).setUint32(0, json.length, true);
    bytes.set(new TextEncoder().encode(json), 4);
    return bytes;
  };

  it.each([
    ["nothing", new Uint8Array(0), "shorter than its length field"],
    ["a part", encodeMessage({ a: 1 }).subarray(0, 8), "shorter than its JSON"],
    ["other text", of("{"), "JSON"],
    ["an unknown kind", of('{"$":["Date",1]}'), 'the unknown kind "Date"'],
    ["no kind", of('{"$":1}'), "without a kind"],
    ["too few elements", of('{"$":["Float64Array",16]}', 8), "no Float64Array of 16 bytes"],
    ["half an element", of('{"$":["Float64Array",4]}', 4), "no Float64Array of 4 bytes"],
    ["a negative length", of('{"$":["Uint8Array",-4]}', 4), "no Uint8Array of -4 bytes"],
    ["too many elements", of("1", 8), "more bytes than its arrays"],
    ["something that does not come before", of('[{"$":["same",0]}]'), "refers to 0"],
    ["a prototype", of('{"__proto__":{"a":1}}'), "__proto__"],
  ])("%s", (_, bytes, why) => {
    expect(() => decodeMessage(bytes)).toThrow(why);
  });

  it("never gives anything but a message or an error, however it was changed", () => {
    const whole = encodeMessage({ a: new Uint32Array([1, 2]), b: [Number.NaN, undefined] });
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const changed = whole.slice();
        changed[at] = byte;
        try {
          decodeMessage(changed);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
  });
});
