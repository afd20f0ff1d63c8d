import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCursor } from "../../../src/address/churn-cursor.ts";
import { TupleWalk } from "../../../src/traffic/connections/tuple-cursor.ts";

describe("TupleWalk", () => {
  it("gives tuples in the cursor's order and passes over those in use", () => {
    const walk = new TupleWalk(createCursor(6, 0, 2), 2);
    expect(walk.take(0)).toBe(0);
    const taken: number[] = [];
    for (let i = 0; i < 5; i++) {
      taken.push(walk.take(1));
      walk.giveBack(1);
    }
    expect(taken).toEqual([2, 4, 2, 4, 2]);
    walk.giveBack(0);
    expect(walk.last(0)).toBe(0);
    expect([walk.take(0), walk.take(1)]).toEqual([4, 0]);
    expect([walk.last(0), walk.last(1)]).toEqual([4, 0]);
  });

  it("never gives a tuple that is in use, whatever opens and closes", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 0, max: 5 }),
        fc.array(fc.nat({ max: 7 }), { maxLength: 300 }),
        (slots, spare, toggles) => {
          const walk = new TupleWalk(createCursor(slots + spare, 0, 1), slots);
          const held = new Map<number, number>();
          for (const toggle of toggles) {
            const slot = toggle % slots;
            if (held.delete(slot)) {
              walk.giveBack(slot);
              continue;
            }
            const tuple = walk.take(slot);
            expect([...held.values()]).not.toContain(tuple);
            held.set(slot, tuple);
          }
        },
      ),
    );
  });
});
