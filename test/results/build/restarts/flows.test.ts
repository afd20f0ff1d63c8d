import { describe, expect, test } from "vitest";
import { WorkloadAccumulator } from "../../../../src/metrics/accumulator.ts";
import { Disturbances } from "../../../../src/metrics/disturbance/disturbances.ts";
import { Silences } from "../../../../src/metrics/disturbance/silences.ts";
import { Undisturbed } from "../../../../src/metrics/disturbance/undisturbed.ts";
import { Recorder } from "../../../../src/metrics/recorder.ts";
import { counter, phase } from "../../../../src/metrics/snapshot.ts";
import {
  allRestartFlows,
  combined,
  flowsOf,
  type RestartData,
} from "../../../../src/results/build/restarts/flows.ts";
import { RestartWindows } from "../../../../src/results/build/restarts/windows.ts";
import { serverFigures } from "../../../../src/results/build/server-figures.ts";
import type { RestartResult, ServerResult } from "../../../../src/results/server-result.ts";
import { RestartClock } from "../../../../src/schedule/restart-times.ts";
import { workload } from "../../../support/scenario-parts.ts";

/** Five flows, restarts at 2 s and 4 s of 6 s, and what `story` lets come of them. */
function measured(
  story: (recorder: Recorder, second: number) => void,
  pattern: "request" | "stream" = "request",
): RestartData {
  const clock = new RestartClock({ atNs: [2e9, 4e9], everyNs: null });
  clock.begin(0);
  const restarts = new RestartWindows(clock);
  const recorder = new Recorder(0, 0, 0, 5, true);
  for (let flow = 0; flow < 5; flow++) recorder.opened();
  for (let second = 0; second < 6; second++) {
    recorder.count(phase.steady, counter.sent, 10);
    story(recorder, second);
    if (second % 2 === 1) restarts.add(recorder.snapshot((second + 0.9) * 1e9));
    else restarts.add(recorder.snapshot((second + 1) * 1e9));
  }
  return {
    workload: workload({ pattern }),
    accumulator: new WorkloadAccumulator(0, 0),
    silences: new Silences(),
    deliveries: null,
    undisturbed: new Undisturbed(new Disturbances(), 1e9),
    times: { openNs: 0, connectedNs: 0, steadyNs: 0, endNs: 6e9 },
    delivered: null,
    broadcast: null,
    subscription: null,
    tcp: null,
    publishers: [],
    restarts,
  };
}

const receiveEvery = (ms: number) => (recorder: Recorder, second: number) => {
  for (let at = second * 1000; at < second * 1000 + 900; at += ms) recorder.receivedAt(at * 1e6);
};

describe("flows of one workload", () => {
  test("are kept unless the target ended them, and lost is what was never answered", () => {
    const data = measured((recorder, second) => {
      if (second !== 2) return;
      recorder.count(phase.steady, counter.resetByRestart, 2);
      recorder.count(phase.steady, counter.timedOut, 3);
      recorder.count(phase.drain, counter.exchangesFailed, 5);
      recorder.count(phase.drain, counter.exchangesAbandoned, 1);
      recorder.count(phase.steady, counter.opened, 4);
      recorder.count(phase.steady, counter.failed, 6);
    });
    const [first, second] = allRestartFlows(data);
    expect(first).toMatchObject({ old: 5, kept: 3, reset: 2, lost: 7, opened: 4, failed: 6 });
    expect(second).toMatchObject({ old: 5, kept: 5, reset: 0, lost: 0, opened: 0, failed: 0 });
  });

  test("the longest gap is from one answer to the next, to the millisecond", () => {
    const [first, second] = allRestartFlows(measured(receiveEvery(100)));
    // From 1.8 s, the last of a second, to the next at 2 s: heard at 1.9 s is its time already.
    expect(first?.longestGapMs).toBe(199);
    expect(second?.longestGapMs).toBe(199);
    const silent = allRestartFlows(measured(() => {}));
    expect(silent.map(({ longestGapMs }) => longestGapMs)).toEqual([2000, 2100]);
  });

  test("a one-way stream has no answers to lose or to wait for", () => {
    const [first] = allRestartFlows(measured(() => {}, "stream"));
    expect(first).toMatchObject({ lost: null, longestGapMs: null });
  });
});

test("several workloads are one: sums, and silence where all are silent", () => {
  const even = measured((recorder, second) => {
    if (second % 2 === 0) receiveEvery(1)(recorder, second);
  });
  const odd = measured((recorder, second) => {
    if (second % 2 === 1) receiveEvery(1)(recorder, second);
  });
  const together = flowsOf([even, odd], 0);
  expect(together).toMatchObject({ old: 10, kept: 10, lost: 0 });
  expect(together.longestGapMs).toBeLessThan(allRestartFlows(even)[0]?.longestGapMs as number);
});

test("without a restart there is no figure", () => {
  expect(combined([])["restarts.lost"]).toBeNull();
  expect(combined([])["restarts.longestGapMs"]).toBeNull();
});

test("what a server counted, and null where it counts nothing of that", () => {
  const counts = { accepted: 1, received: 2, replied: 3, bytesReceived: 4, bytesSent: 5 };
  const udp = { handedOver: 6, handedBack: 7, withoutSocket: 8, refused: 9, remote: 10, own: 11 };
  const server = { cpuSeconds: 0, restarts: [] } as unknown as ServerResult;
  const figuresOf = (counted: ServerResult["counts"]) =>
    Object.entries(serverFigures({ ...server, counts: counted }))
      .filter(([name]) => name.startsWith("counts."))
      .map(([, value]) => value);
  expect(figuresOf({ ...counts, udp })).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(figuresOf({ ...counts, udp: null }).slice(5)).toEqual(Array(6).fill(null));
  expect(figuresOf(null)).toEqual(Array(11).fill(null));
});

test("a server's restarts together", () => {
  const restart: RestartResult = {
    ...{ old: 5, kept: 4, reset: 1, opened: 2, failed: 3, lost: 6, longestGapMs: 7 },
    ...{ order: "startFirst", atMs: 1, readyMs: 2, oldInstance: "ended", drainMs: 30, exit: null },
    misrouted: 1,
  };
  const server: ServerResult = {
    kind: "builtin",
    cpuSeconds: 2,
    steadyCpu: null,
    rssBytesPeak: null,
    openFilesPeak: null,
    memoryBytesPerConnection: null,
    exit: null,
    counts: null,
    restarts: [restart, { ...restart, oldInstance: "killed", drainMs: 40, longestGapMs: 5 }],
    timeline: [],
  };
  expect(serverFigures(server)).toMatchObject({
    cpuSeconds: 2e9,
    "restarts.count": 2,
    "restarts.killed": 1,
    "restarts.drainMs": 40e6,
    "restarts.old": 10,
    "restarts.lost": 12,
    "restarts.misrouted": 2,
    "restarts.longestGapMs": 7e6,
  });
  const running = {
    ...server,
    counts: null,
    restarts: [restart, { ...restart, drainMs: null, misrouted: null }],
  };
  expect(serverFigures(running)).toMatchObject({
    "restarts.drainMs": null,
    "restarts.misrouted": null,
  });
  expect(serverFigures({ ...server, restarts: [] })).toMatchObject({
    "restarts.count": 0,
    "restarts.drainMs": null,
    "restarts.misrouted": null,
  });
});
