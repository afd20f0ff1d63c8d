import { describe, expect, it } from "vitest";
import { BusyPoll, mostPollNs } from "../../../src/io/uring/busy-poll.ts";

const soonNs = mostPollNs / 2;
const lateNs = mostPollNs * 2;

/** A BusyPoll after the given waits. */
function afterWaits(
  ...waits: readonly (readonly [times: number, tookNs: number, replies: number])[]
) {
  const poll = new BusyPoll();
  for (const [times, tookNs, replies] of waits) {
    for (let time = 0; time < times; time++) poll.ended(tookNs, replies);
  }
  return poll;
}

describe("looking for replies before sleeping", () => {
  it("is tried, and continued while they come soon, one or two at a time", () => {
    expect(afterWaits().isWorthIt).toBe(true);
    expect(afterWaits([100, soonNs, 1]).isWorthIt).toBe(true);
    expect(afterWaits([100, soonNs, 2]).isWorthIt).toBe(true);
  });

  it("is stopped where they come late, many at once, or not at all", () => {
    expect(afterWaits([100, lateNs, 1]).isWorthIt).toBe(false);
    expect(afterWaits([100, soonNs, 3]).isWorthIt).toBe(false);
    expect(afterWaits([100, lateNs, 0]).isWorthIt).toBe(false);
  });

  it("continues after a few late ones, and resumes after as many that it would have caught", () => {
    expect(afterWaits([100, soonNs, 1], [4, lateNs, 1]).isWorthIt).toBe(true);
    expect(afterWaits([100, soonNs, 1], [5, lateNs, 1]).isWorthIt).toBe(false);
    expect(afterWaits([100, lateNs, 1], [3, soonNs, 1]).isWorthIt).toBe(false);
    expect(afterWaits([100, lateNs, 1], [4, soonNs, 1]).isWorthIt).toBe(true);
  });

  it("ends with the first crowd", () => {
    expect(afterWaits([100, soonNs, 1], [1, soonNs, 3]).isWorthIt).toBe(false);
    expect(afterWaits([1, soonNs, 3], [4, soonNs, 2]).isWorthIt).toBe(true);
  });

  it("learns nothing of waits that were cut short", () => {
    expect(afterWaits([100, soonNs, 0]).isWorthIt).toBe(true);
    expect(afterWaits([100, lateNs, 1], [100, soonNs, 0]).isWorthIt).toBe(false);
  });
});
