import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type IdPlace, Ids, withIds } from "../../src/messages/ids.ts";
import { createConstantMessage, emptyKey } from "../../src/messages/message.ts";
import { createSizeMessage } from "../../src/messages/size-message.ts";
import { rounds } from "../support/fuzz.ts";

const binary = (bytes: number, byteOrder: "big" | "little" = "big"): IdPlace => {
  return { kind: "binary", offset: 2, replyOffset: 1, bytes, byteOrder };
};
const key = (connection: number, sequence: number) => ({ ...emptyKey(), connection, sequence });
const text: IdPlace = { kind: "text", after: "id=", replyAfter: "re=", digits: 4 };

describe("ids in messages", () => {
  const written = (place: IdPlace, message: string, sequence: number) => {
    const writer = withIds(
      createConstantMessage(Buffer.from(message, "latin1")),
      new Ids({ ...place, random: false }, 1),
    );
    const into = Buffer.alloc(writer.maxBytes + 1);
    const length = writer.write(into, 1, key(0, sequence));
    return into.subarray(1, 1 + length).toString("latin1");
  };

  it("stand at their offset, in their byte order", () => {
    expect(written(binary(2), "abcdef", 0x0102)).toBe("ab\x01\x02ef");
    expect(written(binary(2, "little"), "abcdef", 0x0102)).toBe("ab\x02\x01ef");
    expect(written(binary(1), "abc", 0x0102)).toBe("ab\x02");
    expect(written(binary(8), "ab________z", 0x0a0b0c0d)).toBe("ab\0\0\0\0\x0a\x0b\x0c\x0dz");
    expect(written(binary(8, "little"), "ab________z", 0x0a0b0c0d)).toBe(
      "ab\x0d\x0c\x0b\x0a\0\0\0\0z",
    );
  });

  it("stand behind their text, with leading zeros", () => {
    expect(written(text, "a id=0000\n", 42)).toBe("a id=0042\n");
    expect(written(text, "a id=0000\n", 123_456)).toBe("a id=3456\n");
  });

  it("are left out where the message has no room", () => {
    expect(written(binary(4), "abcde", 9)).toBe("abcde");
    expect(written(text, "a id=000", 9)).toBe("a id=000");
    expect(written(text, "nothing", 9)).toBe("nothing");
  });

  it("are written over an earlier message, and take the stamp's place", () => {
    const writer = withIds(
      createSizeMessage(32, { workload: 3, seed: 9, tag: 7 }),
      new Ids({ ...binary(4), random: true }, 9),
    );
    expect(writer).toMatchObject({ stamped: false, constant: null, fixedBytes: 32 });
    const over = Buffer.alloc(32);
    writer.write(over, 0, key(1, 4));
    writer.rewrite?.(over, 0, key(1, 5));
    const anew = Buffer.alloc(32);
    writer.write(anew, 0, key(1, 5));
    expect(over.equals(anew)).toBe(true);
    const constant = withIds(
      createConstantMessage(Buffer.from("abcdef")),
      new Ids({ ...binary(2), random: false }, 9),
    );
    const into = Buffer.alloc(6);
    constant.write(into, 0, key(0, 1));
    expect(constant.rewrite?.(into, 0, key(0, 2))).toBe(6);
    expect(into.toString("latin1")).toBe("ab\0\x02ef");
  });
});

describe("ids in replies", () => {
  const found = (place: IdPlace, reply: string, next = 1000) => {
    const bytes = Buffer.from(`xx${reply}yy`, "latin1");
    return new Ids({ ...place, random: false }, 1).sequenceOf(bytes, 2, 2 + reply.length, 0, next);
  };

  it("are read where replies have them", () => {
    expect(found(binary(2), "a\x01\x02")).toBe(0x0102);
    expect(found(binary(2, "little"), "a\x02\x01")).toBe(0x0102);
    expect(found(binary(8), "a\0\0\0\0\0\0\x01\x02")).toBe(0x0102);
    expect(found(text, "ok re=0042")).toBe(42);
  });

  it("are none in replies that are too short, lack the text, or have something else there", () => {
    expect(found(binary(2), "a\x01")).toBe(-1);
    expect(found(binary(8), "a\x01\0\0\0\0\0\x01\x02")).toBe(-1);
    expect(found(text, "ok re=004")).toBe(-1);
    expect(found(text, "ok id=0042")).toBe(-1);
    expect(found(text, "ok re=00a2")).toBe(-1);
  });

  it("are found whatever is sent, wherever they stand", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.constantFrom("big" as const, "little" as const),
        fc.boolean(),
        fc.nat(20),
        fc.nat(2 ** 30),
        fc.nat(100_000),
        (bytes, byteOrder, random, offset, sequence, connection) => {
          const place = { kind: "binary", offset, replyOffset: offset, bytes, byteOrder } as const;
          const ids = new Ids({ ...place, random }, 5);
          const message = Buffer.alloc(40, 0xee);
          expect(ids.write(message, 3, 40, connection, sequence)).toBe(true);
          expect(ids.sequenceOf(message, 3, 40, connection, sequence + 1)).toBe(sequence);
        },
      ),
      { numRuns: rounds(300, 10_000) },
    );
  });
});
