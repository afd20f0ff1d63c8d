import fc from "fast-check";
import { expect, test } from "vitest";
import {
  intendedTimeNs,
  sentPhase,
  sentTimeNs,
  timedStampBytes,
  writeSendTime,
} from "../../src/messages/send-time.ts";
import { stampSequence, writeStamp } from "../../src/messages/stamp.ts";

const time = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

test("times and phase come back as they were written, and touch nothing else", () => {
  fc.assert(
    fc.property(
      time,
      time,
      fc.integer({ min: 0, max: 3 }),
      fc.integer({ min: 0, max: 2 ** 48 - 1 }),
      (intended, sent, at, sequence) => {
        const bytes = new Uint8Array(timedStampBytes + 10).fill(0xee);
        writeStamp(bytes, 5, 1, 2, sequence, 3);
        writeSendTime(bytes, 5, intended, sent, at);
        expect(intendedTimeNs(bytes, 5)).toBe(intended);
        expect(sentTimeNs(bytes, 5)).toBe(sent);
        expect(sentPhase(bytes, 5)).toBe(at);
        expect(stampSequence(bytes, 5)).toBe(sequence);
        expect([...bytes.subarray(0, 5), ...bytes.subarray(5 + timedStampBytes)]).toEqual(
          Array(10).fill(0xee),
        );
      },
    ),
  );
});

test("the bytes are those of the table", () => {
  const bytes = new Uint8Array(timedStampBytes);
  writeSendTime(bytes, 0, 0x0102030405, 0x060708090a0b, 2);
  expect(Buffer.from(bytes.subarray(16)).toString("hex")).toBe("05040302010000000b0a090807060002");
});
