import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Arrival,
  arrival,
  createSequenceTracker,
  rememberedSequences,
} from "../../../src/metrics/broadcast/sequence-tracker.ts";

const { inOrder, duplicate, reordered } = arrival;

describe("createSequenceTracker", () => {
  test.each<[string, number[], Arrival[]]>([
    ["in order", [0, 1, 2], [inOrder, inOrder, inOrder]],
    ["a gap is not counted", [0, 5], [inOrder, inOrder]],
    ["a first number above 0", [7, 6], [inOrder, reordered]],
    ["a copy at once", [0, 0], [inOrder, duplicate]],
    ["a copy later", [0, 1, 2, 0], [inOrder, inOrder, inOrder, duplicate]],
    ["late, then again", [0, 2, 1, 1], [inOrder, inOrder, reordered, duplicate]],
    ["two copies", [3, 3, 3], [inOrder, duplicate, duplicate]],
  ])("%s", (_, sequences, verdicts) => {
    const tracker = createSequenceTracker(1);
    expect(sequences.map((sequence) => tracker.track(0, sequence))).toEqual(verdicts);
  });

  test("agrees with a set, within what it remembers", () => {
    const steps = fc.integer({ min: -rememberedSequences + 1, max: 2000 });
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 200 }), (steps) => {
        const tracker = createSequenceTracker(1);
        const seen = new Set<number>();
        let highest = -1;
        for (const step of steps) {
          const sequence = Math.max(0, highest + step);
          const expected = seen.has(sequence)
            ? duplicate
            : sequence > highest
              ? inOrder
              : reordered;
          expect(tracker.track(0, sequence)).toBe(expected);
          seen.add(sequence);
          highest = Math.max(highest, sequence);
        }
      }),
    );
  });

  test("what lies further back than it remembers counts as reordered", () => {
    const tracker = createSequenceTracker(1);
    tracker.track(0, 0);
    tracker.track(0, rememberedSequences);
    expect(tracker.track(0, 0)).toBe(reordered);
  });

  test("keeps flows apart and grows for new ones", () => {
    const tracker = createSequenceTracker(1);
    expect(tracker.track(0, 4)).toBe(inOrder);
    expect(tracker.track(900, 4)).toBe(inOrder);
    expect(tracker.track(17, 3)).toBe(inOrder);
    expect(tracker.track(0, 4)).toBe(duplicate);
    expect(tracker.track(900, 4)).toBe(duplicate);
  });

  test("takes numbers above 32 bits", () => {
    const tracker = createSequenceTracker(1);
    const high = 2 ** 40;
    expect(tracker.track(0, high)).toBe(inOrder);
    expect(tracker.track(0, high + 1)).toBe(inOrder);
    expect(tracker.track(0, high)).toBe(duplicate);
    expect(tracker.track(0, high - 1)).toBe(reordered);
  });
});
