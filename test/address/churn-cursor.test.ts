import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCursor } from "../../src/address/churn-cursor.ts";

describe("createCursor", () => {
  it("walks its whole portion before any tuple repeats; portions are disjoint and cover the space", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 8 }), (size, of) => {
        const seen: number[] = [];
        for (let portion = 0; portion < Math.min(of, size); portion++) {
          const cursor = createCursor(size, portion, of);
          const first = Array.from({ length: cursor.count }, () => cursor.next());
          const second = Array.from({ length: cursor.count }, () => cursor.next());
          expect(second).toEqual(first);
          seen.push(...first);
        }
        seen.sort((a, b) => a - b);
        expect(seen).toEqual(Array.from({ length: size }, (_, k) => k));
      }),
    );
  });

  it("walks through a space that begins further up", () => {
    const cursor = createCursor(5, 1, 2, 100);
    expect(Array.from({ length: 5 }, () => cursor.next())).toEqual([101, 103, 101, 103, 101]);
  });

  it("refuses an empty portion", () => {
    expect(() => createCursor(3, 3, 8)).toThrow("assertion");
    expect(() => createCursor(3, 2, 2)).toThrow("assertion");
  });
});
