import fc from "fast-check";
import { expect, it } from "vitest";
import { DueHeap } from "../../../src/io/slow/due-heap.ts";
import { rounds } from "../../support/fuzz.ts";

const capacity = 20;
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("set" as const), n: fc.nat(capacity - 1), ns: fc.nat(50) }),
    fc.record({ kind: fc.constant("delete" as const), n: fc.nat(capacity - 1), ns: fc.nat(0) }),
    fc.record({ kind: fc.constant("take" as const), n: fc.nat(0), ns: fc.nat(0) }),
  ),
  { maxLength: 200 },
);

it("is empty at first", () => {
  expect(new DueHeap(3).nextNs).toBe(Number.POSITIVE_INFINITY);
});

it("hands out what is due first, whatever was set, moved and deleted before", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const heap = new DueHeap(capacity);
      const expected = new Map<number, number>();
      const first = () => Math.min(...expected.values());
      for (const { kind, n, ns } of all) {
        if (kind === "set") {
          heap.set(n, ns);
          expected.set(n, ns);
        } else if (kind === "delete") {
          heap.delete(n);
          expected.delete(n);
        } else if (expected.size > 0) {
          const dueNs = first();
          const taken = heap.take();
          expect(expected.get(taken)).toBe(dueNs);
          expected.delete(taken);
        }
        expect(heap.nextNs).toBe(first());
      }
    }),
    { numRuns: rounds(100, 20_000) },
  );
});
