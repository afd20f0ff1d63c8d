import { describe, expect, test } from "vitest";
import { alignColumns, padded, wrap } from "../../../src/results/text/text-table.ts";

describe("alignColumns", () => {
  test("left and right, ragged rows, no trailing spaces", () => {
    const lines = alignColumns([["name", "value"], ["a", "1"], ["long name"]], new Set([1]));
    expect(lines).toEqual(["name       value", "a              1", "long name"]);
  });

  test("styles do not count as width", () => {
    const star = { text: "x", style: (text: string) => `<${text}>` };
    expect(
      alignColumns([
        [star, "end"],
        ["wide", "end"],
      ]),
    ).toEqual(["<x>     end", "wide  end"]);
  });

  test("wide characters take two columns, combining ones none", () => {
    const lines = alignColumns([
      ["日本", "1"],
      ["e\u0301t\u00e9", "1"],
      ["plain", "1"],
    ]);
    expect(lines).toEqual(["日本   1", "e\u0301t\u00e9    1", "plain  1"]);
  });

  test("nothing", () => {
    expect(alignColumns([])).toEqual([]);
  });
});

describe("padded", () => {
  test("to a width, on either side, and no shorter than it is", () => {
    expect(padded("ab", 4)).toBe("ab  ");
    expect(padded("日", 4, "right")).toBe("  日");
    expect(padded("abc", 2)).toBe("abc");
  });
});

describe("wrap", () => {
  test("by columns, not characters", () => {
    expect(wrap("日本 日本", 8, "")).toEqual(["日本", "日本"]);
  });

  test("at spaces, with an indent from the second line on", () => {
    expect(wrap("one two three four", 9, "  ")).toEqual(["one two", "  three", "  four"]);
  });

  test("a long word memberships whole", () => {
    expect(wrap("a incomprehensibilities b", 6, "")).toEqual(["a", "incomprehensibilities", "b"]);
  });
});
