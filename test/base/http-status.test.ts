import { expect, it } from "vitest";
import { isStatusIn, parseStatusRange } from "../../src/base/http-status.ts";

it("reads a status or a class", () => {
  expect(["200", "404", "2xx", "9xx", "100", "999"].map(parseStatusRange)).toEqual([
    [200, 200],
    [404, 404],
    [200, 299],
    [900, 999],
    [100, 100],
    [999, 999],
  ]);
  for (const text of ["", "20", "2000", "099", "0xx", "2x", "2x0", "20x", "2XX", " 200", "abc"]) {
    expect(parseStatusRange(text)).toBe(null);
  }
});

it("says whether a status is in a range, ends included", () => {
  const ranges = [
    [200, 299],
    [404, 404],
  ] as const;
  expect([199, 200, 299, 300, 404].map((status) => isStatusIn(status, ranges))).toEqual([
    false,
    true,
    true,
    false,
    true,
  ]);
});
