import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/errors.ts";
import { createMessage, messageStart } from "../../src/messages/create-message.ts";
import { emptyKey, type MessageWriter } from "../../src/messages/message.ts";
import {
  isStamped,
  stampConnection,
  stampSequence,
  stampWorkload,
} from "../../src/messages/stamp.ts";

const context = { workload: 3, seed: 1, tag: 0 };

/** Writes the message, and checks that no bytes around it were touched. */
function written(
  message: MessageWriter,
  sequence: number,
  connection: number,
  source: string,
): Buffer {
  const into = Buffer.alloc(message.maxBytes + 8, 0xee);
  const length = message.write(into, 4, { ...emptyKey(), sequence, connection, source });
  expect(length).toBeLessThanOrEqual(message.maxBytes);
  if (message.fixedBytes !== null) expect(length).toBe(message.fixedBytes);
  expect(into.subarray(0, 4)).toEqual(Buffer.alloc(4, 0xee));
  expect(into.subarray(4 + length).every((byte) => byte === 0xee)).toBe(true);
  const bytes = into.subarray(4, 4 + length);
  if (message.constant !== null) expect(bytes.equals(message.constant)).toBe(true);
  return bytes;
}

describe("a message of bytes", () => {
  it("is always the same", () => {
    const base64 = Buffer.from([0, 1, 255, 10]).toString("base64");
    const message = createMessage({ kind: "bytes", base64 }, context);
    expect(written(message, 1, 2, "")).toEqual(Buffer.from([0, 1, 255, 10]));
    expect(message.constant).not.toBeNull();
    expect(message.stamped).toBe(false);
    expect(written(createMessage({ kind: "bytes", base64: "" }, context), 0, 0, "").length).toBe(0);
  });
});

describe("a message of a size", () => {
  it("is stamped from 16 bytes up", () => {
    for (const bytes of [16, 17, 64, 70_000]) {
      const message = createMessage({ kind: "size", bytes }, context);
      expect([message.constant, message.fixedBytes, message.stamped]).toEqual([null, bytes, true]);
      const content = written(message, 2 ** 40, 99, "");
      expect(isStamped(content, 0, bytes)).toBe(true);
      expect(stampWorkload(content, 0)).toBe(3);
      expect(stampConnection(content, 0)).toBe(99);
      expect(stampSequence(content, 0)).toBe(2 ** 40);
    }
    for (const bytes of [0, 1, 15]) {
      const message = createMessage({ kind: "size", bytes }, context);
      expect(message.stamped).toBe(false);
      expect(written(message, 1, 1, "").length).toBe(bytes);
    }
  });

  it("is filled with letters that follow from the seed", () => {
    const filling = (seed: number) =>
      written(createMessage({ kind: "size", bytes: 500 }, { workload: 0, seed, tag: 0 }), 0, 0, "")
        .subarray(16)
        .toString();
    expect(filling(1)).toMatch(/^[A-Za-z0-9_-]{484}$/);
    expect(new Set(filling(1)).size).toBe(64);
    expect(filling(1)).toBe(filling(1));
    expect(filling(1)).not.toBe(filling(2));
  });

  it("says when a stamp cannot name the workload", () => {
    const create = () =>
      createMessage({ kind: "size", bytes: 16 }, { workload: 256, seed: 0, tag: 0 });
    expect(create).toThrow(UserError);
  });
});

describe("a message of a template", () => {
  it("is written as the text with its values", () => {
    const text = "ä{{sequence}}/{{connection}} from {{source}};{{sequence}}\r\n";
    const message = createMessage({ kind: "template", text }, context);
    expect([message.constant, message.fixedBytes, message.stamped]).toEqual([null, null, false]);
    fc.assert(
      fc.property(
        fc.maxSafeNat(),
        fc.nat(),
        fc.oneof(
          fc.ipV4(),
          fc.ipV6().map((address) => `[${address}]`),
        ),
        (sequence, connection, address) => {
          const source = `${address}:65535`;
          expect(written(message, sequence, connection, source).toString()).toBe(
            `ä${sequence}/${connection} from ${source};${sequence}\r\n`,
          );
        },
      ),
    );
  });

  it("has room for the longest values", () => {
    const source = `[${"ffff:".repeat(6)}255.255.255.255]:65535`;
    const message = createMessage({ kind: "template", text: "{{source}}{{sequence}}" }, context);
    const content = `${source}${Number.MAX_SAFE_INTEGER}`;
    expect(written(message, Number.MAX_SAFE_INTEGER, 0, source).toString()).toBe(content);
    expect(message.maxBytes).toBe(content.length);
  });

  it("is constant where it has no placeholder", () => {
    const message = createMessage({ kind: "template", text: "PING\r\n" }, context);
    expect(Buffer.from(message.constant as Uint8Array).toString()).toBe("PING\r\n");
    expect(message.fixedBytes).toBe(6);
  });

  it("refuses unknown placeholders", () => {
    expect(() => createMessage({ kind: "template", text: "{{seq}}" }, context)).toThrow(UserError);
  });
});

it.each([
  [{ kind: "bytes", base64: Buffer.from("HEAD /").toString("base64") }, "HEAD /"],
  [{ kind: "template", text: "GET /{{sequence}} x {{source}}" }, "GET /"],
  [{ kind: "template", text: "{{sequence}}GET" }, ""],
  [{ kind: "size", bytes: 64 }, ""],
  [{ kind: "sizes", sizes: { kind: "choices", bytes: [1, 2] } }, ""],
] as const)("messages of %o start with %j", (spec, start) => {
  expect(Buffer.from(messageStart(spec)).toString()).toBe(start);
});
