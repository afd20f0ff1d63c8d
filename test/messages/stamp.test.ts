import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isStamped,
  stampBytes,
  stampConnection,
  stampSequence,
  stampTag,
  stampWorkload,
  writeStamp,
} from "../../src/messages/stamp.ts";

describe("the stamp", () => {
  it("has the bytes of its table", () => {
    const bytes = Buffer.alloc(18, 0xee);
    writeStamp(bytes, 1, 7, 0x01020304, 0x112233445566, 0x7788);
    expect(bytes.toString("hex")).toBe(
      "ee" + "7338" + "01" + "07" + "04030201" + "665544332211" + "8877" + "ee",
    );
  });

  it("is read back as written, anywhere", () => {
    fc.assert(
      fc.property(
        fc.nat(255),
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        fc.integer({ min: 0, max: 2 ** 48 - 1 }),
        fc.nat(65_535),
        fc.nat(20),
        (workload, connection, sequence, tag, at) => {
          const bytes = Buffer.alloc(40);
          writeStamp(bytes, at, workload, connection, sequence, tag);
          expect(isStamped(bytes, at, at + stampBytes)).toBe(true);
          expect(stampWorkload(bytes, at)).toBe(workload);
          expect(stampConnection(bytes, at)).toBe(connection);
          expect(stampSequence(bytes, at)).toBe(sequence);
          expect(stampTag(bytes, at)).toBe(tag);
        },
      ),
    );
  });

  it("is not found in other messages", () => {
    const bytes = Buffer.alloc(20);
    writeStamp(bytes, 0, 1, 2, 3, 4);
    expect(isStamped(bytes, 0, 15)).toBe(false);
    expect(isStamped(bytes, 1, 20)).toBe(false);
    for (const at of [0, 1, 2]) {
      const other = Buffer.from(bytes);
      other[at] = 0x55;
      expect(isStamped(other, 0, 20)).toBe(false);
    }
  });
});
