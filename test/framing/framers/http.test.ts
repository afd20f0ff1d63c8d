import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Framer } from "../../../src/framing/framers/framer.ts";
import { createHttpFramer, type HttpMethod, methodOf } from "../../../src/framing/framers/http.ts";
import { rounds } from "../../support/fuzz.ts";
import { type Cuts, cutsOf, everySplit, type Reading, readInChunks, withCuts } from "../streams.ts";

/** What a framer made of a stream that then ended in order. */
interface Responses extends Reading {
  /** Of each response: its status, and "close" where the connection ends with it. */
  readonly facts: readonly string[];
  /** Whether the last is complete because the stream ended. */
  readonly endedLast: boolean;
}

function read(
  text: string,
  cuts: Cuts = [],
  method: HttpMethod = "other",
  maxBytes = 10_000,
): Responses {
  const framer = createHttpFramer(1, maxBytes, method);
  const facts: string[] = [];
  const note = () => facts.push(framer.status(0) + (framer.closes(0) ? " close" : ""));
  const noting: Framer = {
    scan(...range) {
      const next = framer.scan(...range);
      if (next >= 0) note();
      return next;
    },
    reset: framer.reset,
  };
  const reading = readInChunks(noting, Buffer.from(text, "latin1"), cuts);
  const endedLast = !reading.malformed && framer.end(0);
  if (endedLast) note();
  return { ...reading, facts, endedLast };
}

function textOf({ ends, facts, malformed, endedLast }: Responses): string {
  return `${ends} ${facts} ${malformed} ${endedLast}`;
}

/** A response as it is written, and its facts. */
type Expected = readonly [text: string, fact: string];

/** Reads all responses as one stream, whole and cut in every way; the last may end with the stream. */
function expectResponses(
  responses: readonly Expected[],
  { method = "other", endsLast = false }: { method?: HttpMethod; endsLast?: boolean } = {},
): void {
  const stream = responses.map(([text]) => text).join("");
  let end = 0;
  const ends = responses.map(([text]) => {
    end += text.length;
    return end;
  });
  const expected: Responses = {
    ends: endsLast ? ends.slice(0, -1) : ends,
    malformed: false,
    facts: responses.map(([, fact]) => fact),
    endedLast: endsLast,
  };
  const sameAs = textOf(expected);
  const splits = stream.length <= 70 ? everySplit(stream.length) : someSplits(stream.length);
  for (const cuts of splits) {
    const reading = read(stream, cuts, method);
    // Equal thousands of times: the assertion is there to say what differs.
    if (textOf(reading) !== sameAs) expect({ ...reading, cuts }).toEqual(expected);
  }
}

/** As `expectResponses`, of responses whose connection goes on; the status stands in each. */
function expectMessages(...texts: readonly string[]): void {
  const statuses = texts.map((text) =>
    [...text.matchAll(/HTTP\/1.. (\d+)/g)].map(([, code]) => code),
  );
  expectResponses(
    texts.map((text, i) => [
      text,
      (statuses[i] ?? []).find((code) => !/^10[0235]/.test(code ?? "")) ?? "",
    ]),
  );
}

function* someSplits(length: number): Generator<readonly number[]> {
  yield [];
  for (let at = 0; at <= length; at++) yield [at];
  yield Array.from({ length }, (_, i) => i);
}

function expectMalformed(text: string): void {
  for (const cuts of someSplits(text.length)) expect(read(text, cuts).malformed).toBe(true);
}

const ok = "HTTP/1.1 200 OK\r\n";

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

  it("ends 204 and 304 with their headers, whatever length they state", () => {
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
    expectResponses([
      ["HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n", "101 close"],
    ]);
  });

  it("ends replies to HEAD with their headers, whatever these say", () => {
    expectResponses(
      [
        [`${ok}Content-Length: 5\r\n\r\n`, "200"],
        [`${ok}Transfer-Encoding: chunked\r\n\r\n`, "200"],
        ["HTTP/1.1 404 Not Found\r\n\r\n", "404"],
        ["HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "200"],
        [`${ok}Content-Length: 99999999999\r\nConnection: close\r\n\r\n`, "200 close"],
      ],
      { method: "HEAD" },
    );
    expectResponses([["HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\n", "200 close"]], {
      method: "HEAD",
    });
  });

  it("has no more to say once a CONNECT has succeeded", () => {
    const method = "CONNECT";
    expectResponses([[`${ok}Content-Length: 5\r\n\r\n`, "200 close"]], { method });
    expectResponses([["HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nno", "407"]], { method });
  });

  it.each([
    ["Connection: close", "1.1", "200 close"],
    ["connection:CLOSE ", "1.1", "200 close"],
    ["Connection: keep-alive", "1.1", "200"],
    ["Connection: keep-alive, close", "1.1", "200 close"],
    ["Connection: close, keep-alive", "1.1", "200 close"],
    ["Connection: close\r\nConnection: keep-alive", "1.1", "200 close"],
    ["Connection: Upgrade , \tClose", "1.1", "200 close"],
    ["Connection:\r\n close", "1.1", "200 close"],
    ["Connection:\r\n\tx,\r\n close\r\n ", "1.1", "200 close"],
    ["Connection: closed", "1.1", "200"],
    ["Connection: clos", "1.1", "200"],
    ["Connection: clo se", "1.1", "200"],
    ["Connection: not close", "1.1", "200"],
    ["Connection: xclose", "1.1", "200"],
    ['Connection: "close"', "1.1", "200"],
    ["Connection: close-keep-alive", "1.1", "200"],
    ["Connection:", "1.1", "200"],
    ["Connections: close", "1.1", "200"],
    ["Proxy-Connection: close", "1.1", "200"],
    ["X: Connection: close", "1.1", "200"],
    ["X: y\r\n Connection: close", "1.1", "200"],
    ["X: y", "1.0", "200 close"],
    ["Connection: keep-alive", "1.0", "200"],
    ["CONNECTION: x,Keep-Alive,y", "1.0", "200"],
    ["Connection: keep-aliv", "1.0", "200 close"],
    ["Connection: keep-alives", "1.0", "200 close"],
    ["Connection: keep\ralive", "1.0", "200 close"],
    ["Connection: kclose", "1.0", "200 close"],
    ["Connection: close, keep-alive", "1.0", "200 close"],
    ["Keep-Alive: timeout=5", "1.0", "200 close"],
  ])("says whether the connection ends: %j of HTTP/%s: %s", (header, version, fact) => {
    expectResponses([[`HTTP/${version} 200 OK\r\n${header}\r\nContent-Length: 2\r\n\r\nok`, fact]]);
    expectResponses([[`HTTP/${version} 200 OK\r\nContent-Length: 2\r\n${header}\r\n\r\nok`, fact]]);
  });

  it("goes by the final response's own headers", () => {
    expectResponses([
      [
        "HTTP/1.1 103 Hints\r\nConnection: close\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
        "200",
      ],
      ["HTTP/1.0 100 Continue\r\n\r\nHTTP/1.1 204 No\r\n\r\n", "204"],
      ["HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n", "304 close"],
    ]);
  });

  it.each([
    ["has no length", "HTTP/1.1 200 OK\r\nServer: s\r\n\r\nhello"],
    ["is empty", "HTTP/1.1 200 OK\r\n\r\n"],
    ["looks like a response", `${ok}\r\n${ok}Content-Length: 0\r\n\r\n`],
    [
      "is of HTTP/1.0, which must not keep alive",
      "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nhello",
    ],
    [
      "has a coding that does not end",
      `${ok}Transfer-Encoding: gzip\r\nContent-Length: 2\r\n\r\nhello`,
    ],
    ["is chunked, but not last", `${ok}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`],
    [
      "is chunked in a header before the last",
      `${ok}Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n`,
    ],
    ["is almost chunked", `${ok}Transfer-Encoding: chunkedd\r\n\r\n0\r\n\r\n`],
    ["is chunked with a gap", `${ok}Transfer-Encoding: chun ked\r\n\r\n0\r\n\r\n`],
    ["has no coding", `${ok}Transfer-Encoding:\r\nContent-Length: 2\r\n\r\n0\r\n\r\n`],
  ])("ends a body with the connection that %s", (_what, text) => {
    expectResponses([[text, "200 close"]], { endsLast: true });
    expectResponses(
      [
        ["HTTP/1.1 204 x\r\n\r\n", "204"],
        [text, "200 close"],
      ],
      { endsLast: true },
    );
  });

  it("does not take a connection's end for that of another body", () => {
    const whole = `${ok}X: y\r\nContent-Length: 5\r\n\r\nhello`;
    const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n`;
    for (const text of [whole, chunked]) {
      for (let length = 0; length < text.length; length++) {
        expect(read(text.slice(0, length))).toEqual({
          ends: [],
          malformed: false,
          facts: [],
          endedLast: false,
        });
      }
      // Nothing is coming in after the last.
      expect(read(text).endedLast).toBe(false);
    }
  });

  it("forgets a body that ended with its connection", () => {
    const framer = createHttpFramer(1, 1000);
    const text = Buffer.from(`${ok}\r\nhello`);
    expect(framer.scan(0, text, 0, text.length)).toBe(-1);
    expect([framer.end(0), framer.end(0)]).toEqual([true, false]);
    expect(framer.scan(0, text, 0, text.length)).toBe(-1);
    framer.reset(0);
    expect(framer.end(0)).toBe(false);
    const next = Buffer.from("HTTP/1.1 204 x\r\n\r\n");
    expect(framer.scan(0, next, 0, next.length)).toBe(next.length);
    expect([framer.status(0), framer.closes(0)]).toEqual([204, false]);
  });

  it("reads folded headers as one line", () => {
    expectMessages(
      `${ok}X: a\r\n b\r\nContent-Length: 1\r\n\r\nx`,
      `${ok}Content-Length:\r\n \r\n\t2\r\n \r\n\r\nxy`,
      `${ok}Transfer-Encoding: gzip,\r\n chunked\r\n\r\n0\r\nA: b\r\n c\r\n\r\n`,
      `${ok}X: a\n Content-Length: 9\nContent-Length: 0\n\n`,
    );
  });

  it("takes chunked before a length, and empty words of the list for none", () => {
    expectMessages(
      `${ok}Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n`,
      `${ok}Transfer-Encoding: , chunked ,\r\n\r\n0\r\n\r\n`,
      `${ok}Transfer-Encoding: chunked\r\nTransfer-Encoding:\r\n\r\n0\r\n\r\n`,
      `${ok}Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    );
  });

  it("does not trust a connection on which HTTP/1.0 sent chunks", () => {
    expectResponses([
      [
        "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "200 close",
      ],
    ]);
  });

  it("reads codes that HTTP does not know", () => {
    expectMessages(
      "HTTP/1.1 299 x\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 700 x\r\nContent-Length: 1\r\n\r\nx",
      "HTTP/1.1 999 x\r\nContent-Length: 0\r\n\r\n",
    );
  });

  it("bears bare line feeds, and empty lines before a response", () => {
    expectMessages(
      "HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
      "\r\n\nHTTP/1.1 200\r\nTransfer-Encoding: chunked\n\n1\na\n0\n\n",
    );
  });

  it("does not take other headers for those it knows", () => {
    for (const header of [
      "Content-Length2: 5",
      "X-Content-Length: 5",
      "Content-Length : 5",
      "Content\rLength: 5",
      "Content",
      "Contention: 5",
      "Conn: 5",
      "Connection-Length: 5",
      "Transfer-Encoding",
    ]) {
      // None of them is a length, so the body ends with the connection.
      expectResponses([[`${ok}${header}\r\n\r\nhello`, "200 close"]], { endsLast: true });
    }
    expectMessages(
      "HTTP/1.1 200 OK\r\nTransfer-Encodings: chunked\r\nTE: chunked\r\nContent-Length: 1\r\n\r\nx",
    );
  });

  it.each([
    ["no response", "GET / HTTP/1.1\r\n\r\n"],
    ["another version", "HTTP/2.0 200 OK\r\n\r\n"],
    ["no code", "HTTP/1.1 OK\r\n\r\n"],
    ["a code too long", "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n"],
    ["a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"],
    ["an empty length", "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n"],
    ["two numbers", "HTTP/1.1 200 OK\r\nContent-Length: 1 1\r\n\r\nx"],
    ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx"],
    ["lengths that differ", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx"],
    ["a list of lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\nx"],
    [
      "two lengths beside chunked",
      `${ok}Content-Length: 1\r\nTransfer-Encoding: chunked\r\ncontent-length: 1\r\n\r\n`,
    ],
    ["a length folded in its digits", `${ok}Content-Length: 1\r\n 2\r\n\r\n`],
    ["a blank at the begin of the first header", `${ok} X: y\r\nContent-Length: 1\r\n\r\nx`],
    ["a code that begins with 0", "HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n"],
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
        expect(read(text, cuts, "other", text.length)).toMatchObject({
          ends: [text.length],
          malformed: false,
        });
        expect(read(text, cuts, "other", text.length - 1)).toMatchObject({
          ends: [],
          malformed: true,
        });
      }
    }
    const toEnd = `${ok}\r\nhello`;
    for (const cuts of someSplits(toEnd.length)) {
      expect(read(toEnd, cuts, "other", toEnd.length)).toMatchObject({
        endedLast: true,
        malformed: false,
      });
      expect(read(toEnd, cuts, "other", toEnd.length - 1)).toMatchObject({ malformed: true });
    }
  });

  it("takes a head of 256 KiB and refuses a longer one", () => {
    const most = 256 * 1024;
    const rest = "Content-Length: 300000\r\n\r\n";
    const head = `${ok}X: ${"x".repeat(most - ok.length - rest.length - 5)}\r\n${rest}`;
    const longer = head.replace("X: ", "X:  ");
    const body = "y".repeat(300_000);
    for (const cuts of [[], [most], [1, most - 1], [most - 1, most, most + 1]]) {
      expect(read(head + body, cuts, "other", 1e6)).toMatchObject({
        ends: [most + body.length],
        malformed: false,
      });
      expect(read(longer + body, cuts, "other", 1e6)).toMatchObject({ ends: [], malformed: true });
    }
    const lines = ok + "a: b\r\n".repeat(most / 6);
    expect(read(lines, [], "other", 1e6)).toMatchObject({ ends: [], malformed: true });
    // Byte by byte: were the bytes taken before looked at again, this would not end.
    const framer = createHttpFramer(1, 1e6);
    const bytes = Buffer.from(longer);
    let at = 0;
    while (framer.scan(0, bytes, at, at + 1) === -1) at++;
    expect(at).toBe(most - 1);
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
        expect(read(texts.join(""), cuts)).toMatchObject({ ends, malformed: false });
      }),
      { numRuns: rounds(50, 10_000) },
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
      fc.property(
        withCuts(damaged),
        fc.constantFrom("other", "HEAD", "CONNECT"),
        ([stream, cuts], method) => {
          const text = Buffer.from(stream).toString("latin1");
          expect(read(text, cuts, method)).toEqual(read(text, [], method));
        },
      ),
      { numRuns: rounds(80, 20_000) },
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

describe("methodOf", () => {
  it.each([
    ["HEAD / HTTP/1.1\r\n\r\n", "HEAD"],
    ["\r\nHEAD /", "HEAD"],
    ["CONNECT a:1 HTTP/1.1\r\n", "CONNECT"],
    ["GET / HTTP/1.1\r\n\r\nHEAD / HTTP/1.1\r\n\r\n", "other"],
    ["HEAD", "other"],
    ["HEADER / ", "other"],
    // Methods have a case.
    ["head / HTTP/1.1\r\n", "other"],
    ["", "other"],
    [" HEAD /", "other"],
  ])("of %j is %s", (text, method) => {
    expect(methodOf(Buffer.from(text))).toBe(method);
  });
});
