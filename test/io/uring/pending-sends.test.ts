import { describe, expect, it } from "vitest";
import { viewOf } from "../../../src/io/uring/kernel/syscalls.ts";
import { PendingSends } from "../../../src/io/uring/pending-sends.ts";

describe("pending sends", () => {
  it("keep the order of each slot", () => {
    const pending = new PendingSends();
    const one = Buffer.allocUnsafeSlow(1);
    const two = Buffer.allocUnsafeSlow(2);
    const first = Buffer.allocUnsafeSlow(3);
    pending.add(7, one, 0);
    pending.add(8, two, 0);
    pending.add(7, two, 0);
    const queue = pending.add(7, first, 0, { first: true }).queue;
    expect(queue.map(({ bytes }) => bytes)).toEqual([first, one, two]);
    expect(pending.get(8)?.queue.length).toBe(1);
    pending.delete(7);
    expect(pending.get(7)).toBeUndefined();
    expect(pending.get(8)).toBeDefined();
  });

  it("know where the bytes lie, a part of an array included", () => {
    const bytes = Buffer.from(Buffer.allocUnsafeSlow(100_000).fill(1));
    bytes.write("here", 70_000);
    const { queue } = new PendingSends().add(0, bytes.subarray(70_000, 70_004), 2);
    expect(Buffer.from(viewOf(queue[0]?.address ?? 0, 4)).toString()).toBe("here");
    expect(queue[0]?.nameBytes).toBe(2);
  });
});
