import { expect, it } from "vitest";
import { printable, printableBytes, printableData } from "../../src/base/printable.ts";

it.each([
  ["plain text\n\twith lines", "plain text\n\twith lines"],
  ["größe 中文 🙂", "größe 中文 🙂"],
  ["\x1b[31mred\x1b[0m", "red"],
  ["\x1b]0;title\x07text", "text"],
  ["\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\", "link"],
  ["\x9b2Jcleared", "cleared"],
  ["a\x1bb", "a\\x1bb"],
  ["bell\x07 back\b\x7f", "bell\\x07 back\\x08\\x7f"],
  ["one\r\ntwo\rthree", "one\ntwo\\x0dthree"],
  ["c1 \x85", "c1 \\x85"],
  ["evil\u202etxt", "evil\\u202etxt"],
])("%j is printed as %j", (text, printed) => {
  expect(printable(text)).toBe(printed);
});

it("data is printable all through, and the same where it was", () => {
  const data = { a: ["x", { b: 1 }], c: null };
  expect(printableData(data)).toBe(data);
  expect(printableData({ "k\x1b[1m": ["\x1b[2Jv", 1, null, { x: "\x07" }] })).toEqual({
    k: ["v", 1, null, { x: "\\x07" }],
  });
});

it("bytes are printed as ASCII, all others escaped", () => {
  const bytes = Buffer.from("+OK\r\n\t~ [\\] \x00\x1b\x7f\x80\xff", "latin1");
  expect(printableBytes(bytes)).toBe("+OK\\r\\n\\t~ [\\\\] \\x00\\x1b\\x7f\\x80\\xff");
});
