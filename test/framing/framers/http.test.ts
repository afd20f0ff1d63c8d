import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createHttpFramer } from "../../../src/framing/framers/http.ts";
import { rounds } from "../../support/fuzz.ts";
import { cutsOf, everySplit, type Reading, readInChunks, withCuts } from "../streams.ts";

function read(text: string, cuts: readonly number[] = [], maxBytes = 10_000): Reading {
  return readInChunks(createHttpFramer(1, maxBytes), Buffer.from(text, "latin1"), cuts);
}

/** Reads all texts as one stream, whole and cut in every way. */
function expectMessages(...texts: readonly string[]): void {
  const stream = texts.join("");
  let end = 0;
  const expected = {
    ends: texts.map((text) => {
      end += text.length;
      return end;
    }),
    malformed: false,
  };
  const splits = stream.length <= 120 ? everySplit(stream.length) : someSplits(stream.length);
  for (const cuts of splits) {
    const reading = read(stream, cuts);
    // Equal thousands of times: the assertion is there to say what differs.
    if (!isDeepStrictEqual(reading, expected)) expect(reading).toEqual(expected);
  }
}

function* someSplits(length: number): Generator<readonly number[]> {
  yield [];
  for (let at = 0; at <= length; at++) yield [at];
  yield Array.from({ length }, (_, i) => i);
}

function expectMalformed(text: string): void {
  for (const cuts of someSplits(text.length)) expect(read(text, cuts).malformed).toBe(true);
}

describe("createHttpFramer", () => {
  it("reads Content-Length", () => {
    expectMessages(
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
      "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    );
    expectMessages(
      "HTTP/1.1 200 OK\r\nDate: x\r\nContent-Type: text/plain\r\ncontent-LENGTH:  \t12 \r\nServer: s\r\n\r\nHTTP/1.1 200",
      "HTTP/1.0 500\r\nContent-Length:1\r\nConnection: keep-alive\r\n\r\n!",
    );
  });

  it("reads chunked bodies, extensions and trailers", () => {
    expectMessages(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: CHUNKED\r\n\r\n00\r\n\r\n",
    );
    expectMessages(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked \r\nContent-Length: 3\r\n\r\n" +
        "A;name=value\r\n0123456789\r\n1\r\nx\r\n0;last\r\nTrailer: yes\r\nOther: 1\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\ny",
    );
  });

  it("ends 204 and 304 with their headers, whatever length they tell", () => {
    expectMessages(
      "HTTP/1.1 204 No Content\r\nX: y\r\n\r\n",
      "HTTP/1.1 304 Not Modified\r\nContent-Length: 99999999999999999999\r\n\r\n",
    );
    expectMessages("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n");
  });

  it("takes interim responses as a part of the one that follows", () => {
    expectMessages(
      "HTTP/1.1 100 Continue\r\nContent-Length: 7\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    );
    expectMessages(
      "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 102 Wait\r\n\r\nHTTP/1.1 204 \r\n\r\n",
    );
    expectMessages("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n");
  });

  it("bears bare line feeds, and empty lines before a response", () => {
    expectMessages(
      "HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
      "\r\n\nHTTP/1.1 200\r\nTransfer-Encoding: chunked\n\n1\na\n0\n\n",
    );
  });

  it("does not take other headers for those it knows", () => {
    expectMalformed("HTTP/1.1 200 OK\r\nContent-Length2: 5\r\n\r\nhello");
    expectMalformed("HTTP/1.1 200 OK\r\nX-Content-Length: 5\r\n\r\nhello");
    expectMalformed("HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello");
    expectMalformed("HTTP/1.1 200 OK\r\nContent\rLength: 5\r\n\r\nhello");
    expectMessages(
      "HTTP/1.1 200 OK\r\nTransfer-Encodings: chunked\r\nTE: chunked\r\nContent-Length: 1\r\n\r\nx",
    );
  });

  it.each([
    ["no response", "GET / HTTP/1.1\r\n\r\n"],
    ["another version", "HTTP/2.0 200 OK\r\n\r\n"],
    ["no code", "HTTP/1.1 OK\r\n\r\n"],
    ["a code too long", "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n"],
    ["a code out of range", "HTTP/1.1 700 OK\r\nContent-Length: 0\r\n\r\n"],
    ["no length", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"],
    ["a coding that does not end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"],
    ["chunked not last", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"],
    [
      "chunked in a header before the last",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n",
    ],
    ["almost chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunkedd\r\n\r\n0\r\n\r\n"],
    ["chunked with a gap", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chun ked\r\n\r\n0\r\n\r\n"],
    ["a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"],
    ["an empty length", "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n"],
    ["two numbers", "HTTP/1.1 200 OK\r\nContent-Length: 1 1\r\n\r\nx"],
    ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx"],
    ["a folded header", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 1\r\n\r\nx"],
    ["a stray CR at the end of headers", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\rx"],
    ["a chunk without size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\nx"],
    ["a chunk longer than it says", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxy"],
    ["a stray CR after trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\rx"],
    ["a length over the limit", "HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n"],
    ["a chunk over the limit", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffff"],
  ])("refuses %s", (_what, text) => expectMalformed(text));

  it("takes a response of maxBytes and refuses a longer one", () => {
    for (const text of [
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    ]) {
      for (const cuts of someSplits(text.length)) {
        expect(read(text, cuts, text.length)).toEqual({ ends: [text.length], malformed: false });
        expect(read(text, cuts, text.length - 1)).toEqual({ ends: [], malformed: true });
      }
    }
  });

  const body = fc.string({ unit: "binary-ascii", maxLength: 60 });
  const headers = fc
    .array(
      fc.constantFrom(
        "Date: Sat, 21 Nov 2026 10:00:00 GMT",
        "Server: nginx",
        "Content-Type: text/html",
        "Connection: keep-alive",
        "Cookie: transfer-encoding: chunked",
        "T: 1",
        "c:",
      ),
      { maxLength: 4 },
    )
    .map((list) => list.map((header) => `${header}\r\n`).join(""));
  const response = fc.oneof(
    fc
      .tuple(headers, headers, body)
      .map(
        ([before, after, text]) =>
          `HTTP/1.1 200 OK\r\n${before}Content-Length: ${text.length}\r\n${after}\r\n${text}`,
      ),
    fc.tuple(headers, fc.array(body, { maxLength: 4 })).map(([before, texts]) => {
      const chunks = texts
        .filter((text) => text.length > 0)
        .map((text) => `${text.length.toString(16)}\r\n${text}\r\n`);
      return `HTTP/1.1 200 OK\r\n${before}Transfer-Encoding: chunked\r\n\r\n${chunks.join("")}0\r\n\r\n`;
    }),
    headers.map((some) => `HTTP/1.1 204 No Content\r\n${some}\r\n`),
    fc.constant("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 304 Not Modified\r\n\r\n"),
  );
  const responses = fc.array(response, { minLength: 1, maxLength: 6 });

  it("finds the responses that were written, however the stream is cut", () => {
    const cases = responses.chain((texts) =>
      fc.tuple(fc.constant(texts), cutsOf(texts.join("").length)),
    );
    fc.assert(
      fc.property(cases, ([texts, cuts]) => {
        let end = 0;
        const ends = texts.map((text) => {
          end += text.length;
          return end;
        });
        expect(read(texts.join(""), cuts)).toEqual({ ends, malformed: false });
      }),
      { numRuns: rounds(100, 10_000) },
    );
  });

  it("says the same of a damaged stream however it is cut", () => {
    const damaged = fc
      .tuple(
        responses,
        fc.nat(),
        fc.constantFrom("", "\r", "\n", "0", " ", ":", "x", "9999"),
        fc.nat(3),
      )
      .map(([texts, place, inserted, removed]) => {
        const text = texts.join("");
        const at = place % text.length;
        return Buffer.from(text.slice(0, at) + inserted + text.slice(at + removed), "latin1");
      });
    fc.assert(
      fc.property(withCuts(damaged), ([stream, cuts]) => {
        const whole = readInChunks(createHttpFramer(1, 10_000), stream, []);
        expect(readInChunks(createHttpFramer(1, 10_000), stream, cuts)).toEqual(whole);
      }),
      { numRuns: rounds(200, 20_000) },
    );
  });

  it("keeps slots apart and forgets on reset", () => {
    const framer = createHttpFramer(2, 1000);
    const text = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    const half = Buffer.from(text.slice(0, 30));
    const whole = { ends: [text.length], malformed: false };
    expect(framer.scan(0, half, 0, 30)).toBe(-1);
    expect(readInChunks(framer, Buffer.from(text), [9], 1)).toEqual(whole);
    framer.reset(0);
    expect(readInChunks(framer, Buffer.from(text), [20], 0)).toEqual(whole);
  });
});
