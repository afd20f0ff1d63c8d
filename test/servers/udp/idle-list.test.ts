import fc from "fast-check";
import { expect, test } from "vitest";
import { IdleList } from "../../../src/servers/udp/idle-list.ts";

test("has the one that was silent longest first, like a sorted list", () => {
  const slots = 5;
  const step = fc.record({
    what: fc.constantFrom("touch", "touch", "touch", "remove"),
    slot: fc.nat(slots - 1),
  });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const list = new IdleList(slots);
      const last = new Map<number, number>();
      for (const [nowNs, { what, slot }] of steps.entries()) {
        last.delete(slot);
        if (what === "touch") {
          list.touch(slot, nowNs);
          last.set(slot, nowNs);
        } else {
          list.remove(slot);
        }
        const [first = [-1, 0]] = last;
        expect(list.silentSince(nowNs)).toBe(first[0]);
        expect(list.silentSince(first[1] - 1)).toBe(-1);
      }
    }),
  );
});
