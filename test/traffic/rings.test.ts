import { expect, it } from "vitest";
import { DelayRing } from "../../src/traffic/delay-queue.ts";
import { SlotQueue } from "../../src/traffic/slot-queue.ts";

it("SlotQueue gives the slot that has waited longest, and knows how often each stands in it", () => {
  const ring = new SlotQueue(3, 2);
  expect(ring.isEmpty).toBe(true);
  for (const slot of [2, 0, 2, 1]) ring.push(slot);
  expect(ring.standing(2)).toBe(2);
  expect([ring.take(), ring.take()]).toEqual([2, 0]);
  expect(ring.standing(2)).toBe(1);
  // Around the end of the ring.
  for (const slot of [0, 1, 0, 2]) ring.push(slot);
  const rest = [];
  while (!ring.isEmpty) rest.push(ring.take());
  expect(rest).toEqual([2, 1, 0, 1, 0, 2]);
  expect([0, 1, 2].map((slot) => ring.standing(slot))).toEqual([0, 0, 0]);
});

it("DelayRing gives slots in the order of their times", () => {
  const ring = new DelayRing(3);
  expect(ring.nextNs).toBe(Number.POSITIVE_INFINITY);
  ring.push(5, 10);
  ring.push(6, 20);
  expect(ring.nextNs).toBe(10);
  expect(ring.take()).toBe(5);
  ring.push(7, 30);
  ring.push(8, 40);
  expect([ring.take(), ring.take(), ring.nextNs, ring.take()]).toEqual([6, 7, 40, 8]);
});
