import { describe, expect, it } from "vitest";
import { withTimesOf } from "../../src/agent/message-times.ts";
import type { FromAgent, ToAgent } from "../../src/agent/protocol.ts";
import { membership, membershipColumns } from "../../src/metrics/broadcast/membership-rows.ts";
import { Disturbance } from "../../src/metrics/disturbance/disturbance.ts";
import { Recorder } from "../../src/metrics/recorder.ts";
import { noParts } from "../../src/metrics/snapshot.ts";

const by = 7e12;

describe("the times of a message", () => {
  it("are those of another clock, in both directions, and lengths of time stay", () => {
    const schedule: ToAgent = { type: "schedule", workload: 2, openAtNs: 1e9, endAtNs: Infinity };
    expect(withTimesOf(schedule, by)).toEqual({ ...schedule, openAtNs: 1e9 + by });
    const finished: FromAgent = {
      type: "finished",
      worker: 1,
      workload: 0,
      steadyNs: 5,
      endNs: 9,
      beganLateNs: 3,
    };
    expect(withTimesOf(finished, by)).toEqual({ ...finished, steadyNs: 5 + by, endNs: 9 + by });
    const latency: FromAgent = { type: "harnessLatency", p50Ns: 10, p99Ns: 20 };
    expect(withTimesOf(latency, by)).toEqual(latency);
    const pauses: FromAgent = {
      type: "pauses",
      pauses: [{ worker: 0, fromNs: 1, toNs: 2, cause: "cpu" }],
    };
    expect(withTimesOf(pauses, by)).toMatchObject({ pauses: [{ fromNs: 1 + by, toNs: 2 + by }] });
    for (const message of [schedule, finished, pauses]) {
      expect(withTimesOf(withTimesOf(message, by), -by)).toEqual(message);
    }
  });

  it("are shifted in a snapshot, whose counts stay the same arrays", () => {
    const recorder = new Recorder(0, 0, 1e9, 10, false, new Disturbance(), noParts);
    const snapshot = recorder.snapshot(2e9);
    const shifted = withTimesOf({ type: "snapshot", snapshot } as FromAgent, by);
    if (shifted.type !== "snapshot") throw new Error("another message");
    expect(shifted.snapshot).toEqual({ ...snapshot, fromNs: 1e9 + by, toNs: 2e9 + by });
    expect(shifted.snapshot.counters).toBe(snapshot.counters);
    expect(shifted.snapshot.steady).toBe(snapshot.steady);
  });

  it("are shifted in the rows of subscribers", () => {
    const rows = Float64Array.from({ length: 2 * membershipColumns }, (_, at) => at);
    const message: FromAgent = {
      type: "subscriptions",
      worker: 0,
      workload: 0,
      report: { rows, foreign: 3 },
    };
    const shifted = withTimesOf(message, by);
    if (shifted.type !== "subscriptions") throw new Error("another message");
    const moved = [...shifted.report.rows].flatMap((value, at) => (value === at ? [] : [at]));
    const { joinedNs, leftNs } = membership;
    expect(moved).toEqual([0, membershipColumns].flatMap((row) => [row + joinedNs, row + leftNs]));
    expect(shifted.report.rows[joinedNs]).toBe(joinedNs + by);
    expect(rows[joinedNs]).toBe(joinedNs);
  });
});
