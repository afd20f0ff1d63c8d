import { expect, test } from "vitest";
import { createDelimiterFramer } from "../../src/framing/framers/delimiter.ts";
import { createFixedFramer } from "../../src/framing/framers/fixed.ts";
import { incomplete } from "../../src/framing/framers/framer.ts";
import { createHttpFramer } from "../../src/framing/framers/http.ts";
import { createMixedFramer } from "../../src/framing/mixed-framer.ts";
import { createReplyReader } from "../../src/framing/reply-reader.ts";

/** Replies of 6 bytes to message 0, lines to message 1; which one is next is the order of the requests. */
function reader(order: number[]) {
  const framers = [createFixedFramer(2, 6), createDelimiterFramer(2, Buffer.from("\n"), 100)];
  const replies: string[] = [];
  const framer = createMixedFramer(framers, 2, () => order[replies.length] ?? 0);
  const sink = {
    reply: (_: number, bytes: Uint8Array, start: number, end: number) =>
      replies.push(Buffer.from(bytes.subarray(start, end)).toString()),
  };
  return { reader: createReplyReader(framer, 2, true), sink, replies };
}

test("each reply ends where that to its request does, wherever the stream is cut", () => {
  const stream = Buffer.from("a\nb\nc\nOK\nd\ne\nf\nLONGER LINE\nOK\n");
  const all = ["a\nb\nc\n", "OK\n", "d\ne\nf\n", "LONGER LINE\n", "OK\n"];
  for (let cut = 0; cut <= stream.length; cut++) {
    for (let other = cut; other <= stream.length; other++) {
      const { reader: read, sink, replies } = reader([0, 1, 0, 1, 1]);
      for (const [from, to] of [
        [0, cut],
        [cut, other],
        [other, stream.length],
      ] as const) {
        expect(read.feed(1, stream, from, to, sink)).toBe(true);
      }
      expect(replies).toEqual(all);
    }
  }
});

test("a new connection begins with the message that is awaited on it", () => {
  const order = [0];
  const { reader: read, sink, replies } = reader(order);
  read.feed(0, Buffer.from("abc"), 0, 3, sink);
  order[0] = 1;
  read.reset(0);
  read.feed(0, Buffer.from("x\n"), 0, 2, sink);
  expect(replies).toEqual(["x\n"]);
});

test("what is known of a reply is known of the framing that completed it", () => {
  let awaited = 0;
  const head = createHttpFramer(1, 1000, "HEAD");
  const get = createHttpFramer(1, 1000);
  const framer = createMixedFramer([head, get], 1, () => awaited);
  const answer = (status: number) => `HTTP/1.1 ${status} X\r\nContent-Length: 3\r\n\r\n`;
  const scan = (text: string) => framer.scan(0, Buffer.from(text), 0, text.length);
  // The reply to HEAD has no body.
  expect(scan(answer(404))).toBe(answer(404).length);
  expect(framer.status?.(0)).toBe(404);
  awaited = 1;
  expect(scan(answer(200))).toBe(incomplete);
  expect(scan("abc")).toBe(3);
  expect(framer.status?.(0)).toBe(200);
  expect(scan("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end")).toBe(incomplete);
  expect(framer.end?.(0)).toBe(true);
  expect(framer.closes?.(0)).toBe(true);
  expect(framer.end?.(0)).toBe(false);
});
