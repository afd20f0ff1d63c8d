import fc from "fast-check";
import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { textWidth } from "../../../src/base/text/width.ts";
import { rounds } from "../../support/fuzz.ts";

describe("textWidth", () => {
  test.each([
    ["", 0],
    ["p99 1.20 ms", 11],
    ["12 µs · fine…", 13],
    ["日本", 4],
    ["👩‍👩‍👧", 2],
    ["e\u0301", 1],
    ["\u001b[32mgreen\u001b[39m", 5],
    ["\t", 0],
  ])("of %j is %d", (text, width) => {
    expect(textWidth(text)).toBe(width);
  });

  test("of each letter is string-width's", () => {
    // All of the scripts that have marks and wide letters among others; of the long rows of others, some.
    const others = rounds(17, 1);
    for (let code = 0; code < 0x10000; code += code < 0x3400 ? 1 : others) {
      const letter = String.fromCharCode(code);
      if (textWidth(letter) !== stringWidth(letter)) expect.fail(`U+${code.toString(16)}`);
    }
  });

  test("of letters beside each other is string-width's", () => {
    const letters = fc.oneof(fc.string({ unit: "binary-ascii" }), fc.string({ unit: "grapheme" }));
    fc.assert(fc.property(letters, (text) => textWidth(text) === stringWidth(text)));
  });
});
