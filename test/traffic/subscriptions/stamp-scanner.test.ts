import fc from "fast-check";
import { expect, it } from "vitest";
import { writeSendTime } from "../../../src/messages/send-time.ts";
import {
  stampConnection,
  stampSequence,
  stampTag,
  writeStamp,
} from "../../../src/messages/stamp.ts";
import { writeStampText } from "../../../src/messages/stamp-text.ts";
import { StampScanner } from "../../../src/traffic/subscriptions/stamp-scanner.ts";

function stampOf(sequence: number, isText: boolean, tag = 9): Buffer {
  const bytes = Buffer.alloc(32);
  writeStamp(bytes, 0, 3, 12, sequence, tag);
  writeSendTime(bytes, 0, 2 ** 40 + sequence, 2 ** 40, 2);
  if (!isText) return bytes;
  const text = Buffer.alloc(43);
  writeStampText(text, 0, bytes);
  return text;
}

/** A scanner that notes the sequences of run 9, and refuses all other stamps. */
function scanner() {
  const found: [number, number][] = [];
  const scans = new StampScanner({
    stamp(slot, bytes, at) {
      if (stampTag(bytes, at) !== 9 || stampConnection(bytes, at) !== 12) return false;
      found.push([slot, stampSequence(bytes, at)]);
      return true;
    },
  });
  return { found, scans };
}

/** What stands between stamps: any bytes, and beginnings of stamps that are none. */
const between = fc.oneof(
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom("s", "s8", "s8\u0001", "c", "cz", "czg", "czgB", "ss8", "cczgB", "czgBAwwA")
    .map((text) => Buffer.from(text, "latin1")),
  fc.nat(100).map((sequence) => stampOf(sequence, sequence % 2 === 0, 8)),
  fc.nat(14).map((length) => stampOf(5, false).subarray(0, length)),
);
const pieces = fc.array(fc.tuple(between, fc.boolean()), { maxLength: 8 });

it("finds every stamp, in bytes and as text, however the stream is cut into chunks", () => {
  fc.assert(
    fc.property(
      pieces,
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 40 }),
      (parts, cuts) => {
        const stream = Buffer.concat(
          parts.flatMap(([bytes, isText], n) => [bytes, stampOf(n, isText)]),
        );
        const whole = scanner();
        whole.scans.feed(4, stream, 0, stream.length);
        const cut = scanner();
        for (let at = 0, n = 0; at < stream.length; n++) {
          const end = Math.min(stream.length, at + (cuts[n % cuts.length] as number));
          // Another slot's stream in between, and bytes that are not where they were.
          cut.scans.feed(5, stream, 0, 1);
          cut.scans.reset(5);
          cut.scans.feed(
            4,
            Buffer.concat([Buffer.from("s8"), stream.subarray(at, end)]),
            2,
            2 + end - at,
          );
          at = end;
        }
        expect(cut.found).toEqual(whole.found);
        expect(whole.found).toEqual(parts.map((_, n) => [4, n]));
      },
    ),
    { numRuns: 300 },
  );
});

it("a stamp that is refused hides none that begins in it", () => {
  const foreign = stampOf(1, false, 8);
  const own = stampOf(2, false);
  for (let at = 4; at < 32; at++) {
    const stream = Buffer.concat([foreign.subarray(0, at), own, foreign]);
    const { scans, found } = scanner();
    scans.feed(0, stream, 0, stream.length);
    expect(found).toEqual([[0, 2]]);
    const bytewise = scanner();
    for (let i = 0; i < stream.length; i++) bytewise.scans.feed(0, stream, i, i + 1);
    expect(bytewise.found).toEqual([[0, 2]]);
  }
});

it("a new connection does not complete what the one before began", () => {
  const { scans, found } = scanner();
  const own = stampOf(2, true);
  scans.feed(0, own, 0, 20);
  scans.reset(0);
  scans.feed(0, own, 20, own.length);
  expect(found).toEqual([]);
});

it("a datagram is whole: none is completed by the next", () => {
  const { scans, found } = scanner();
  const own = stampOf(2, true);
  const datagram = Buffer.concat([Buffer.from("s8\u0001"), own, own.subarray(0, 20)]);
  scans.feedWhole(0, datagram, 0, datagram.length);
  scans.feedWhole(0, own, 20, own.length);
  expect(found).toEqual([[0, 2]]);
});
