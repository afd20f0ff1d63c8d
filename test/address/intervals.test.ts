import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Interval, intersect, subtract, unite } from "../../src/address/intervals.ts";

const span = 60;
const anyIntervals = fc.array(
  fc
    .tuple(fc.integer({ min: 0, max: span }), fc.integer({ min: 0, max: span }))
    .map(([a, b]): Interval<number> => [Math.min(a, b), Math.max(a, b)]),
  { maxLength: 8 },
);

function members(intervals: readonly Interval<number>[]): Set<number> {
  const set = new Set<number>();
  for (const [from, to] of intervals) for (let n = from; n <= to; n++) set.add(n);
  return set;
}

/** The one shortest list of disjoint ascending intervals with these members. */
function canonical(set: Set<number>): Interval<number>[] {
  const list: [number, number][] = [];
  for (let n = 0; n <= span; n++) {
    const last = list.at(-1);
    if (!set.has(n)) continue;
    if (last?.[1] === n - 1) last[1] = n;
    else list.push([n, n]);
  }
  return list;
}

describe("intervals are sets", () => {
  it("unite, subtract and intersect as sets do, in the shortest form", () => {
    fc.assert(
      fc.property(anyIntervals, anyIntervals, (a, b) => {
        const [setA, setB] = [members(a), members(b)];
        expect(unite([...a, ...b])).toEqual(canonical(new Set([...setA, ...setB])));
        expect(subtract(unite(a), unite(b))).toEqual(
          canonical(new Set([...setA].filter((n) => !setB.has(n)))),
        );
        expect(intersect(unite(a), unite(b))).toEqual(
          canonical(new Set([...setA].filter((n) => setB.has(n)))),
        );
      }),
    );
  });

  it("do the same for bigints", () => {
    expect(
      unite([
        [5n, 6n],
        [0n, 4n],
      ]),
    ).toEqual([[0n, 6n]]);
    expect(subtract([[0n, 9n]], [[3n, 4n]])).toEqual([
      [0n, 2n],
      [5n, 9n],
    ]);
    expect(intersect([[0n, 9n]], [[7n, 1n << 100n]])).toEqual([[7n, 9n]]);
  });
});
