import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDelimiterFramer } from "../../src/framing/framers/delimiter.ts";
import { createFixedFramer } from "../../src/framing/framers/fixed.ts";
import { createHttpFramer } from "../../src/framing/framers/http.ts";
import type { FramingSpec } from "../../src/framing/framers/specs.ts";
import { createFramer } from "../../src/framing/framings.ts";
import {
  createBufferPool,
  createReplyReader,
  type ReplyReader,
  type ReplySink,
} from "../../src/framing/reply-reader.ts";
import { type Cuts, chunksOf, cutsOf, everySplit } from "./streams.ts";

interface Reply {
  readonly slot: number;
  readonly text: string;
  readonly totalBytes: number;
}

/** Keeps what it gets. */
function createSink(): ReplySink & { readonly replies: Reply[] } {
  const replies: Reply[] = [];
  return {
    replies,
    reply(slot, bytes, start, end, totalBytes) {
      const text = Buffer.from(bytes.subarray(start, end)).toString("latin1");
      replies.push({ slot, text, totalBytes });
    },
  };
}

/** Feeds chunks through one array that is overwritten each time, as a transport's is. */
function feedInChunks(
  reader: ReplyReader,
  slot: number,
  stream: Uint8Array,
  cuts: Cuts,
  sink: ReplySink,
): boolean {
  const shared = Buffer.alloc(stream.length + 20);
  for (const [from, to] of chunksOf(stream.length, cuts)) {
    shared.fill("#");
    shared.set(stream.subarray(from, to), 13);
    if (!reader.feed(slot, shared, 13, 13 + to - from, sink)) return false;
  }
  return true;
}

const base64 = (text: string) => Buffer.from(text, "latin1").toString("base64");
const text = fc.string({ unit: "binary-ascii", maxLength: 200 });
const http = (body: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** Every framing, with replies that it tells apart. */
const framings: readonly [FramingSpec, fc.Arbitrary<string>][] = [
  [{ kind: "fixed", bytes: 100 }, text.map((body) => body.padEnd(100, ".").slice(0, 100))],
  [
    { kind: "delimiter", base64: base64("\r\n"), maxBytes: 1000 },
    text.map((body) => `${body.replaceAll("\n", "")}\r\n`),
  ],
  [
    {
      kind: "lengthPrefix",
      bytes: 2,
      byteOrder: "little",
      offset: 1,
      includesHeader: false,
      maxBytes: 1000,
    },
    text.map((body) => `*${String.fromCharCode(body.length % 256, body.length >> 8)}${body}`),
  ],
  [{ kind: "http", maxBytes: 1000 }, text.map(http)],
  [{ kind: "echo" }, text.filter((body) => body !== "")],
];

describe("createReplyReader", () => {
  it.each(framings)("hands out whole replies of %o, however cut", async (spec, reply) => {
    let replies: readonly string[] = [];
    let answered = 0;
    const framer = createFramer(spec, 2, {
      requestLength: () => replies[answered]?.length ?? 0,
      requestStart: Buffer.alloc(0),
    });
    const cases = fc
      .array(reply, { minLength: 1, maxLength: 8 })
      .chain((list) => fc.tuple(fc.constant(list), cutsOf(list.join("").length)));
    for (const keepWhole of [true, false]) {
      const reader = createReplyReader(framer, 2, keepWhole);
      fc.assert(
        fc.property(cases, ([list, cuts]) => {
          replies = list;
          answered = 0;
          const seen: Reply[] = [];
          const sink: ReplySink = {
            reply(slot, bytes, start, end, totalBytes) {
              answered++;
              const range = Buffer.from(bytes.subarray(start, end)).toString("latin1");
              seen.push({ slot, text: range, totalBytes });
            },
          };
          const stream = Buffer.from(list.join(""), "latin1");
          expect(feedInChunks(reader, 1, stream, cuts, sink)).toBe(true);
          expect(seen.map(({ totalBytes }) => totalBytes)).toEqual(
            list.map(({ length }) => length),
          );
          if (keepWhole) expect(seen.map((one) => one.text)).toEqual(list);
          // Without: all or nothing.
          for (const [i, one] of seen.entries()) expect(["", list[i]]).toContain(one.text);
          reader.reset(1);
        }),
      );
    }
  });

  it("handles every split of a small stream", () => {
    const stream = Buffer.from("a\r\n\r\nbcd\r\ne");
    for (const cuts of everySplit(stream.length)) {
      const reader = createReplyReader(createDelimiterFramer(1, Buffer.from("\r\n"), 100), 1, true);
      const sink = createSink();
      expect(feedInChunks(reader, 0, stream, cuts, sink)).toBe(true);
      expect(sink.replies.map((reply) => reply.text)).toEqual(["a\r\n", "\r\n", "bcd\r\n"]);
    }
  });

  it("hands a reply within one chunk on where it lies", () => {
    const reader = createReplyReader(createFixedFramer(1, 4), 1, true);
    const bytes = Buffer.from("..abcdefgh..");
    const ranges: [Uint8Array, number, number][] = [];
    reader.feed(0, bytes, 2, 10, {
      reply: (_slot, ...range) => ranges.push([range[0], range[1], range[2]]),
    });
    expect(ranges.map(([array]) => array === bytes)).toEqual([true, true]);
    expect(ranges.map(([, start, end]) => [start, end])).toEqual([
      [2, 6],
      [6, 10],
    ]);
  });

  it("keeps slots apart, in replies of many pieces and sizes", () => {
    const slots = 5;
    const sizes = [1, 300, 5000, 70_000, 7];
    for (const size of sizes) {
      const reader = createReplyReader(createFixedFramer(slots, size), slots, true);
      const sink = createSink();
      const streams = Array.from({ length: slots }, (_, slot) =>
        Buffer.from(String.fromCharCode(97 + slot).repeat(size - 1) + slot + slot),
      );
      const step = Math.ceil(size / 9);
      for (let at = 0; at <= size; at += step) {
        for (let slot = 0; slot < slots; slot++) {
          const chunk = (streams[slot] as Buffer).subarray(at, at + step);
          expect(reader.feed(slot, chunk, 0, chunk.length, sink)).toBe(true);
        }
      }
      const first = sink.replies.slice(0, slots).sort((a, b) => a.slot - b.slot);
      expect(first.map((reply) => reply.text)).toEqual(
        streams.map((stream) => stream.toString().slice(0, size)),
      );
    }
  });

  it("never lends one buffer to two slots", () => {
    const reader = createReplyReader(createFixedFramer(2, 4), 2, true);
    const sink = createSink();
    const feed = (slot: number, piece: string) =>
      reader.feed(slot, Buffer.from(piece), 0, piece.length, sink);
    // Slot 0's buffer is free after its first reply, and slot 1 takes it.
    for (const [slot, piece] of [
      [0, "ab"],
      [0, "cd"],
      [1, "12"],
      [0, "ef"],
      [1, "34"],
      [0, "gh"],
    ] as const) {
      feed(slot, piece);
    }
    expect(sink.replies.map((reply) => reply.text)).toEqual(["abcd", "1234", "efgh"]);
  });

  it("forgets a half-read reply on reset", () => {
    const reader = createReplyReader(createFixedFramer(1, 4), 1, true);
    const sink = createSink();
    reader.feed(0, Buffer.from("ab"), 0, 2, sink);
    reader.reset(0);
    reader.feed(0, Buffer.from("cdef"), 0, 4, sink);
    expect(sink.replies.map((reply) => reply.text)).toEqual(["cdef"]);
  });

  it.each([
    ["in one chunk", []],
    ["in pieces", [2]],
  ])("drops the rest of a chunk when the sink resets the slot, replies %s", (_how, cuts) => {
    const reader = createReplyReader(createFixedFramer(1, 4), 1, true);
    const { replies, reply } = createSink();
    const sink: ReplySink = {
      reply(slot, ...rest) {
        reply(slot, ...rest);
        reader.reset(slot);
      },
    };
    expect(feedInChunks(reader, 0, Buffer.from("abcdefghij"), cuts, sink)).toBe(true);
    expect(replies.map((one) => one.text)).toEqual(["abcd"]);
    feedInChunks(reader, 0, Buffer.from("klmn"), [], sink);
    expect(replies.map((one) => one.text)).toEqual(["abcd", "klmn"]);
  });

  describe("of a framing whose messages have facts", () => {
    const ok = "HTTP/1.1 200 OK\r\n";
    const toEnd = `${ok}\r\nhello`;

    it.each([true, false])("says them within `reply`, whole %s, however cut", (keepWhole) => {
      const stream = `HTTP/1.1 204 x\r\n\r\n${http("a").replace("200", "500")}${toEnd}`;
      for (const cuts of [
        [],
        ...Array.from(stream, (_, at) => [at]),
        Array.from(stream, (_, at) => at),
      ]) {
        const reader = createReplyReader(createHttpFramer(2, 1000), 2, keepWhole);
        const facts: unknown[] = [];
        const sink: ReplySink = {
          reply: (slot, _bytes, _start, _end, total) =>
            facts.push([slot, reader.status(slot), reader.closes(slot), total]),
        };
        expect([reader.hasStatus, reader.hasCloses]).toEqual([true, true]);
        expect(feedInChunks(reader, 1, Buffer.from(stream), cuts, sink)).toBe(true);
        expect(reader.pending(1)).toBe(toEnd.length);
        expect(reader.end(0, sink)).toBe(false);
        expect(reader.end(1, sink)).toBe(true);
        expect(facts).toEqual([
          [1, 204, false, 18],
          [1, 500, false, http("a").length],
          [1, 200, true, toEnd.length],
        ]);
        expect([reader.pending(1), reader.end(1, sink)]).toEqual([0, false]);
      }
    });

    it("hands over a reply that ended with its connection, and reads the next", () => {
      for (const cuts of everySplit(toEnd.length)) {
        const reader = createReplyReader(createHttpFramer(1, 1000), 1, true);
        const sink = createSink();
        for (const _ of [1, 2]) {
          expect(feedInChunks(reader, 0, Buffer.from(toEnd), cuts, sink)).toBe(true);
          expect(reader.end(0, sink)).toBe(true);
        }
        expect(sink.replies.map((reply) => reply.text)).toEqual([toEnd, toEnd]);
      }
    });

    it("does not hand over what a connection's end or a reset cut off", () => {
      const reader = createReplyReader(createHttpFramer(1, 1000), 1, true);
      const sink = createSink();
      const text = http("hello").slice(0, -1);
      reader.feed(0, Buffer.from(text), 0, text.length, sink);
      expect([reader.end(0, sink), reader.pending(0)]).toEqual([false, text.length]);
      reader.reset(0);
      expect(reader.pending(0)).toBe(0);
      reader.feed(0, Buffer.from(toEnd), 0, toEnd.length, sink);
      reader.reset(0);
      expect([reader.end(0, sink), reader.pending(0)]).toEqual([false, 0]);
      expect(sink.replies).toEqual([]);
    });

    it("lets the sink reset the slot while it ends", () => {
      const reader = createReplyReader(createHttpFramer(1, 1000), 1, true);
      const { replies, reply } = createSink();
      const sink: ReplySink = {
        reply(slot, ...rest) {
          reply(slot, ...rest);
          reader.reset(slot);
        },
      };
      for (const _ of [1, 2]) {
        reader.feed(0, Buffer.from(toEnd), 0, toEnd.length, sink);
        expect(reader.end(0, sink)).toBe(true);
      }
      expect(replies.map((one) => one.text)).toEqual([toEnd, toEnd]);
    });
  });

  it("knows nothing but the bytes of a framing without facts", () => {
    const reader = createReplyReader(createFixedFramer(1, 4), 1, false);
    const sink = createSink();
    reader.feed(0, Buffer.from("abcdef"), 0, 6, sink);
    expect([reader.hasStatus, reader.hasCloses]).toEqual([false, false]);
    expect([reader.status(0), reader.closes(0), reader.end(0, sink)]).toEqual([0, false, false]);
    expect(reader.pending(0)).toBe(2);
    expect(sink.replies.length).toBe(1);
  });

  it("says when the stream breaks the protocol, after the replies before", () => {
    for (const cuts of everySplit(9)) {
      const reader = createReplyReader(createDelimiterFramer(1, Buffer.from("\n"), 4), 1, true);
      const sink = createSink();
      expect(feedInChunks(reader, 0, Buffer.from("ab\ncdefgh"), cuts, sink)).toBe(false);
      expect(sink.replies.map((one) => one.text)).toEqual(["ab\n"]);
      reader.reset(0);
      expect(feedInChunks(reader, 0, Buffer.from("x\n"), [1], sink)).toBe(true);
      expect(sink.replies[1]?.text).toBe("x\n");
    }
  });
});

it("lends buffers that are long enough, and the same again once they are back", () => {
  const pool = createBufferPool();
  for (const bytes of [0, 1, 256, 257, 4096, 100_000]) {
    const buffer = pool.borrow(bytes);
    expect(buffer.length).toBeGreaterThanOrEqual(Math.max(bytes, 256));
    expect(buffer.length).toBeLessThanOrEqual(Math.max(2 * bytes, 256));
    const other = pool.borrow(bytes);
    expect(other).not.toBe(buffer);
    pool.giveBack(buffer);
    expect(pool.borrow(bytes)).toBe(buffer);
  }
});
