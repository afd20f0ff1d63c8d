import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isStamped,
  stampBytes,
  stampConnection,
  stampSequence,
  stampWorkload,
  writeStamp,
} from "../../src/messages/stamp.ts";

describe("the stamp", () => {
  it("has the bytes of its table", () => {
    const bytes = Buffer.alloc(18, 0xee);
    writeStamp(bytes, 1, 7, 0x01020304, 0x1122334455667);
    expect(bytes.toString("hex")).toBe(
      "ee" + "7338" + "01" + "07" + "04030201" + "6756453423120100" + "ee",
    );
  });

  it("is read back as written, anywhere", () => {
    fc.assert(
      fc.property(
        fc.nat(255),
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        fc.maxSafeNat(),
        fc.nat(20),
        (workload, connection, sequence, at) => {
          const bytes = Buffer.alloc(40);
          writeStamp(bytes, at, workload, connection, sequence);
          expect(isStamped(bytes, at, at + stampBytes)).toBe(true);
          expect(stampWorkload(bytes, at)).toBe(workload);
          expect(stampConnection(bytes, at)).toBe(connection);
          expect(stampSequence(bytes, at)).toBe(sequence);
        },
      ),
    );
  });

  it("is not found in other messages", () => {
    const bytes = Buffer.alloc(20);
    writeStamp(bytes, 0, 1, 2, 3);
    expect(isStamped(bytes, 0, 15)).toBe(false);
    expect(isStamped(bytes, 1, 20)).toBe(false);
    for (const at of [0, 1, 2]) {
      const other = Buffer.from(bytes);
      other[at] = 0x55;
      expect(isStamped(other, 0, 20)).toBe(false);
    }
  });
});
