import { describe, expect, test } from "vitest";
import { alignColumns, wrap } from "../../../src/results/text/text-table.ts";

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

  test("nothing", () => {
    expect(alignColumns([])).toEqual([]);
  });
});

describe("wrap", () => {
  test("at spaces, with an indent from the second line on", () => {
    expect(wrap("one two three four", 9, "  ")).toEqual(["one two", "  three", "  four"]);
  });

  test("a long word memberships whole", () => {
    expect(wrap("a incomprehensibilities b", 6, "")).toEqual(["a", "incomprehensibilities", "b"]);
  });
});
