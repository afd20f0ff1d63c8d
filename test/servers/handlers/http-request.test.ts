import { describe, expect, test } from "vitest";
import {
  findHeadEnd,
  parseRequestHead,
  type RequestHead,
} from "../../../src/servers/handlers/http-request.ts";

function parse(text: string): RequestHead {
  const head = { refusal: 7, headOnly: true, http10: true, keepAlive: false, bodyBytes: 7 };
  // With bytes around it, which must not matter.
  const bytes = Buffer.from(`\r\n${text}\r\nGarbage`, "latin1");
  const end = findHeadEnd(bytes, 2, bytes.length);
  expect(end).toBe(2 + Buffer.byteLength(text, "latin1"));
  parseRequestHead(bytes, 2, end, head);
  return head;
}

const plain = { refusal: 0, headOnly: false, http10: false, keepAlive: true, bodyBytes: 0 };

describe("a request head", () => {
  test.each<[string, string, Partial<RequestHead>]>([
    ["the shortest", "GET / HTTP/1.1\r\n\r\n", {}],
    ["headers of no interest", "GET /a?b#c HTTP/1.1\r\nHost: x\r\nX-Connection: close\r\n\r\n", {}],
    ["bare line feeds", "GET / HTTP/1.1\nHost: x\nContent-Length: 3\n\n", { bodyBytes: 3 }],
    ["a body", "POST / HTTP/1.1\r\nContent-Length: 12\r\n\r\n", { bodyBytes: 12 }],
    ["any case and blanks", "PUT / HTTP/1.1\r\ncontent-LENGTH:\t 5 \t\r\n\r\n", { bodyBytes: 5 }],
    [
      "the same length twice",
      "PUT / HTTP/1.1\r\nContent-Length:5\r\nContent-Length: 5\r\n\r\n",
      { bodyBytes: 5 },
    ],
    ["close", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", { keepAlive: false }],
    [
      "close in a list",
      "GET / HTTP/1.1\r\nConnection: Upgrade , Close\r\n\r\n",
      { keepAlive: false },
    ],
    ["no close", "GET / HTTP/1.1\r\nConnection: closet, disclose\r\n\r\n", {}],
    ["HEAD", "HEAD / HTTP/1.1\r\n\r\n", { headOnly: true }],
    ["1.0", "GET / HTTP/1.0\r\n\r\n", { http10: true, keepAlive: false }],
    ["1.0, kept", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", { http10: true }],
    ["an empty value", "GET / HTTP/1.1\r\nX:\r\n\r\n", {}],
  ])("with %s is understood", (_, text, expected) => {
    expect(parse(text)).toEqual({ ...plain, ...expected });
  });

  test.each<[string, number]>([
    ["hello\r\n\r\n", 400],
    ["GET /\r\n\r\n", 400],
    ["GET  HTTP/1.1\r\n\r\n", 400],
    ["GET / x HTTP/1.1\r\n\r\n", 400],
    ["GET / HTTP/1.1x\r\n\r\n", 400],
    ["GET / XTTP/1.1\r\n\r\n", 400],
    ["G(T / HTTP/1.1\r\n\r\n", 400],
    ["GET / HTTP/2.0\r\n\r\n", 505],
    ["GET / HTTP/1.2\r\n\r\n", 505],
    ["GET / HTTP/1.1\r\nno colon\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\n: empty name\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nName : blank before the colon\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\n \r\nContent-Length: 1\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nContent-Length:\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nContent-Length: 0x1\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nContent-Length: 1234567890123456\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 411],
    ["\x16\x03\x01\x02\n\n", 400],
  ])("%j is refused with %d", (text, refusal) => {
    expect(parse(text).refusal).toBe(refusal);
  });

  test.each(["", "GET", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\n\r", "A\r\nB\r\nC\n", "\r"])(
    "%j is incomplete",
    (text) => {
      const bytes = Buffer.from(text);
      expect(findHeadEnd(bytes, 0, bytes.length)).toBe(-1);
    },
  );
});
