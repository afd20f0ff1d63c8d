import fc from "fast-check";
import { expect, it } from "vitest";
import { createMessage, isTimed } from "../../src/messages/create-message.ts";
import { emptyKey } from "../../src/messages/message.ts";
import { intendedTimeNs, sentPhase, sentTimeNs } from "../../src/messages/send-time.ts";
import {
  isStamped,
  stampConnection,
  stampSequence,
  stampTag,
  stampWorkload,
} from "../../src/messages/stamp.ts";
import { readStampText, stampTextBytes, writeStampText } from "../../src/messages/stamp-text.ts";

const run = { workload: 7, seed: 1, tag: 515, timed: true };
const key = {
  ...emptyKey(),
  connection: 300_000,
  sequence: 2 ** 40 + 5,
  sentNs: 2 ** 52 + 3,
  intendedNs: 2 ** 52 + 1,
  phase: 2,
};

function expectStamp(bytes: Uint8Array): void {
  expect(isStamped(bytes, 0, 32)).toBe(true);
  expect(stampWorkload(bytes, 0)).toBe(7);
  expect(stampTag(bytes, 0)).toBe(515);
  expect(stampConnection(bytes, 0)).toBe(300_000);
  expect(stampSequence(bytes, 0)).toBe(2 ** 40 + 5);
  expect(intendedTimeNs(bytes, 0)).toBe(2 ** 52 + 1);
  expect(sentTimeNs(bytes, 0)).toBe(2 ** 52 + 3);
  expect(sentPhase(bytes, 0)).toBe(2);
}

it("a stamp as text is base64url of its 32 bytes, and is read back", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.nat(9), (bytes, at) => {
      const text = Buffer.alloc(60, "?");
      expect(writeStampText(text, at, bytes)).toBe(at + stampTextBytes);
      expect(text.toString("latin1", at, at + stampTextBytes)).toBe(
        Buffer.from(bytes).toString("base64url"),
      );
      const back = Buffer.alloc(33);
      expect(readStampText(text, at, back)).toBe(true);
      expect(back.subarray(0, 32)).toEqual(Buffer.from(bytes));
    }),
  );
  expect(readStampText(Buffer.from(`${"A".repeat(42)}+`), 0, Buffer.alloc(33))).toBe(false);
});

it("messages by size, and {{stamp}} in a text, say who sent them and when", () => {
  const sized = createMessage({ kind: "size", bytes: 40 }, run);
  expect(sized.uses).toMatchObject({ times: true });
  const into = Buffer.alloc(200);
  expect(sized.write(into, 0, { ...key, sequence: 1 })).toBe(40);
  expect(sized.rewrite?.(into, 0, key)).toBe(40);
  expectStamp(into);
  const varying = { kind: "uniform", fromBytes: 32, toBytes: 50 } as const;
  const sizes = createMessage({ kind: "sizes", sizes: varying }, run);
  sizes.write(into, 0, key);
  expectStamp(into);
  const text = createMessage({ kind: "template", text: "PUB {{stamp}}!" }, run);
  expect(text).toMatchObject({ fixedBytes: 48, isDistinct: true, uses: { times: true } });
  text.write(into, 0, key);
  expect(into.toString("latin1", 0, 8)).toBe("PUB czgB");
  const decoded = Buffer.alloc(33);
  expect(readStampText(into, 4, decoded)).toBe(true);
  expectStamp(decoded);
});

it("messages without room for times have none", () => {
  const short = createMessage({ kind: "size", bytes: 31 }, run);
  expect(short.uses.times).toBe(false);
  expect(createMessage({ kind: "size", bytes: 64 }, { ...run, timed: false }).uses.times).toBe(
    false,
  );
  expect(isTimed({ kind: "size", bytes: 31 })).toBe(false);
  expect(isTimed({ kind: "size", bytes: 32 })).toBe(true);
  expect(isTimed({ kind: "bytes", base64: "" })).toBe(false);
  expect(isTimed({ kind: "template", text: "a {{sequence}} {{stamped}}" })).toBe(false);
  expect(isTimed({ kind: "template", text: "{{a}}", parts: { a: "{{stamp | hex}}" } })).toBe(true);
  const sizes = { kind: "uniform", fromBytes: 31, toBytes: 64 } as const;
  expect(isTimed({ kind: "sizes", sizes })).toBe(false);
  expect(() =>
    createMessage({ kind: "template", text: "{{stamp}}" }, { ...run, workload: 256 }),
  ).toThrow("only the first 256 workloads");
});
