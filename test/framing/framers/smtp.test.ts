import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSmtpFramer } from "../../../src/framing/framers/smtp.ts";
import { rounds } from "../../support/fuzz.ts";
import { everySplit, readInChunks, withCuts } from "../streams.ts";

const read = (stream: string, maxBytes = 1000) => {
  const bytes = Buffer.from(stream);
  const [whole, ...others] = [...everySplit(bytes.length)].map((cuts) =>
    readInChunks(createSmtpFramer(1, maxBytes), bytes, cuts),
  );
  for (const other of others) expect(other).toEqual(whole);
  return whole;
};

describe("createSmtpFramer", () => {
  it.each([
    ["one line", "250 OK\r\n354 go on\r\n", [8, 19]],
    ["a code alone", "250\r\n220\n", [5, 9]],
    ["an empty text", "250 \r\n", [6]],
    ["several lines", "250-mx\r\n250-SIZE 1\r\n250 HELP\r\n221 bye\r\n", [30, 39]],
    ["a last line without a text", "250-mx\r\n250\r\n", [13]],
    ["lines that end with LF", "250-a\n250 b\n", [12]],
    ["lines between that have no code (FTP)", "211-a\r\n \r\n\r\n21\n 211 x\r\n211 end\r\n", [32]],
    ["another code between", "230-a\r\n220 b\r\n23 c\r\n230x\r\n230-d\r\n230 e\r\n", [40]],
    ["a reply that is not complete", "250-a\r\n250-b\r\n", []],
  ])("finds %s", (_, stream, ends) => {
    expect(read(stream)).toEqual({ ends, malformed: false });
  });

  it.each([
    ["hello\r\n", []],
    ["\r\n250 OK\r\n", []],
    ["25 OK\r\n", []],
    ["2500\r\n", []],
    ["250:\r\n", []],
    ["250 OK\r\nOK\r\n", [8]],
  ])("refuses %j, which has no code where a reply begins", (stream, ends) => {
    expect(read(stream)).toEqual({ ends, malformed: true });
  });

  it("takes a reply of maxBytes and refuses a longer one, of however many lines", () => {
    const reply = "250-a\r\n250 b\r\n";
    expect(read(reply, reply.length)).toEqual({ ends: [reply.length], malformed: false });
    expect(read(reply, reply.length - 1)).toEqual({ ends: [], malformed: true });
  });

  it("agrees with a search of the whole stream", () => {
    const line = fc.constantFrom(
      "250 a\r\n",
      "250-b\r\n",
      "250\r\n",
      "251 c\n",
      "251-d\n",
      "250e\r\n",
    );
    const text = fc.array(line, { maxLength: 20 }).map((lines) => Buffer.from(lines.join("")));
    fc.assert(
      fc.property(withCuts(text), ([bytes, cuts]) => {
        const stream = Buffer.from(bytes).toString("latin1");
        const ends: number[] = [];
        let at = 0;
        for (;;) {
          const rest = stream.slice(at);
          const one = /^(\d{3})(?:(?:[ \r][^\n]*)?\n|-[\s\S]*?\n\1(?:[ \r][^\n]*)?\n)/.exec(rest);
          if (one === null) break;
          at += one[0].length;
          ends.push(at);
        }
        const malformed = at < stream.length && stream.slice(at).startsWith("250e");
        const found = readInChunks(createSmtpFramer(1, 1000), bytes, cuts);
        expect(found).toEqual({ ends, malformed });
      }),
      { numRuns: rounds(100, 10_000) },
    );
  });

  it("keeps slots apart and forgets on reset", () => {
    const framer = createSmtpFramer(2, 100);
    const [open, last] = [Buffer.from("250-a\r\n25"), Buffer.from("0 b\r\n")];
    expect([0, 1].map((slot) => framer.scan(slot, open, 0, open.length))).toEqual([-1, -1]);
    framer.reset(1);
    expect([0, 1].map((slot) => framer.scan(slot, last, 0, last.length))).toEqual([
      last.length,
      -2,
    ]);
  });
});
