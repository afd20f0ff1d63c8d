import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { fitLine, LiveBlock } from "../../../src/cli/terminal/live-block.ts";

const tokens = new RegExp("ESC\\[(\\d+)A|ESC\\[J|[^ESC]".replaceAll("ESC", "\x1b"), "gu");

/** A terminal that knows newline, carriage return, cursor up and "erase from here on". */
class Terminal {
  readonly lines: string[] = [""];
  #row = 0;

  write(text: string): void {
    for (const [token, up] of text.matchAll(tokens)) {
      if (up !== undefined) this.#row = Math.max(0, this.#row - Number(up));
      else if (token === "\x1b[J") this.lines.splice(this.#row, this.lines.length, "");
      else if (token === "\n") this.lines[++this.#row] ??= "";
      else if (token !== "\r") this.lines[this.#row] += token;
    }
  }
}

describe("LiveBlock", () => {
  test("replaces its lines, keeps what is printed, leaves the rest alone", () => {
    const terminal = new Terminal();
    terminal.write("$ slash8 load x.yaml\n");
    const block = new LiveBlock(terminal);
    block.draw(["one", "two", "three"]);
    block.draw(["1", "2"]);
    block.print("notice");
    block.draw(["a", "b", "c", "d"]);
    block.release();
    block.print("result");
    expect(terminal.lines).toEqual([
      "$ slash8 load x.yaml",
      "notice",
      "a",
      "b",
      "c",
      "d",
      "result",
      "",
    ]);
  });

  test("whatever is drawn and printed, the screen ends up with all messages, then the last frame", () => {
    const line = fc.stringMatching(/^[a-z ]{0,8}$/);
    const step = fc.oneof(
      fc.record({ draw: fc.array(line, { maxLength: 6 }) }),
      fc.record({ print: line }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const terminal = new Terminal();
        const block = new LiveBlock(terminal);
        const messages: string[] = [];
        let frame: readonly string[] = [];
        for (const one of steps) {
          if ("draw" in one) {
            frame = one.draw;
            block.draw(frame);
          } else {
            messages.push(one.print);
            block.print(one.print);
          }
        }
        expect(terminal.lines).toEqual([...messages, ...frame, ""]);
      }),
    );
  });
});

describe("fitLine", () => {
  test.each([
    ["fits", 10, "fits"],
    ["exactly", 7, "exactly"],
    ["too long", 7, "too lo…"],
    ["x", 1, "x"],
    ["xy", 1, "…"],
    ["\x1b[31mred\x1b[39m", 3, "\x1b[31mred\x1b[39m"],
    ["\x1b[31mreddish\x1b[39m", 4, "\x1b[31mred…\x1b[39m"],
    ["ab\x1b[1mcd\x1b[22mef", 3, "ab\x1b[1m…\x1b[22m"],
    ["日本語", 6, "日本語"],
    ["日本語", 5, "日本…"],
    ["日本語", 4, "日…"],
    ["e\u0301e\u0301e\u0301", 2, "e\u0301…"],
  ])("%j in %d columns", (line, columns, fitted) => {
    expect(fitLine(line, columns)).toBe(fitted);
    expect(stringWidth(stripVTControlCharacters(fitted))).toBeLessThanOrEqual(columns);
  });
});
