import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonPieces } from "../../../src/base/text/json-pieces.ts";

const whole = (value: object) => [...jsonPieces(value)].join("");

test("the pieces are the text that JSON.stringify makes", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.jsonValue())),
      (value) => {
        expect(whole(value)).toBe(JSON.stringify(value, null, 2));
      },
    ),
  );
});

test("what has no JSON is left out of objects, and null in arrays", () => {
  const value = {
    none: undefined,
    at: new Date(0),
    list: [undefined, { a: [] }],
    empty: {},
    no: { a: undefined },
  };
  expect(whole(value)).toBe(JSON.stringify(value, null, 2));
});

test("no piece is much longer than 64 KiB, and each part is prepared", () => {
  const value = { "rows a": Array.from({ length: 5000 }, (_, at) => ({ at, text: "a" })) };
  const pieces = [...jsonPieces(value)];
  expect(pieces.length).toBeGreaterThan(3);
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(70_000);
  const prepare = <T>(part: T): T => JSON.parse(JSON.stringify(part).replaceAll("a", "b"));
  const prepared = JSON.parse([...jsonPieces(value, prepare)].join(""));
  expect(prepared["rows b"][7]).toEqual({ bt: 7, text: "b" });
});
