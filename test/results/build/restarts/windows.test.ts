import { expect, test } from "vitest";
import { Recorder } from "../../../../src/metrics/recorder.ts";
import { counter, phase } from "../../../../src/metrics/snapshot.ts";
import { RestartWindows } from "../../../../src/results/build/restarts/windows.ts";
import { RestartClock } from "../../../../src/schedule/restart-times.ts";

function windows() {
  const clock = new RestartClock({ atNs: [2e9, 4e9], everyNs: null });
  clock.begin(0);
  return new RestartWindows(clock);
}

const recorderOf = (worker: number) => new Recorder(0, worker, 0, 10, true);

test("snapshots are summed by restart, and what was open before it began is its old flows", () => {
  const restarts = windows();
  for (const worker of [0, 1]) {
    const recorder = recorderOf(worker);
    for (let flow = 0; flow < 5; flow++) recorder.opened();
    recorder.count(phase.steady, counter.timedOut, 7);
    restarts.add(recorder.snapshot(1.9e9));
    recorder.closed();
    recorder.count(phase.steady, counter.timedOut, 2);
    recorder.count(phase.drain, counter.resetByRestart, 1);
    restarts.add(recorder.snapshot(3e9));
    recorder.closed();
    recorder.count(phase.steady, counter.timedOut, 1);
    restarts.add(recorder.snapshot(3.9e9));
    restarts.add(recorder.snapshot(5e9));
  }
  expect(restarts.count).toBe(2);
  expect(restarts.window(0).old).toBe(10);
  expect(restarts.window(0).count("timedOut")).toBe(6);
  expect(restarts.window(0).count("resetByRestart")).toBe(2);
  expect(restarts.window(1).old).toBe(6);
  expect(restarts.window(1).count("timedOut")).toBe(0);
  expect(restarts.window(2)).toMatchObject({ old: 0 });
  expect(restarts.bounds(0)).toEqual({ fromNs: 1.9e9, toNs: 3.9e9 });
});

test("a restart that a worker slept through has its old flows all the same", () => {
  const restarts = windows();
  const recorder = recorderOf(0);
  recorder.opened();
  restarts.add(recorder.snapshot(1e9));
  recorder.opened();
  restarts.add(recorder.snapshot(5e9));
  expect(restarts.window(0).old).toBe(1);
  expect(restarts.window(1).old).toBe(1);
  expect(restarts.window(1).count("opened")).toBe(0);
});

test("times of reception are known to the millisecond, over all workers", () => {
  const restarts = windows();
  for (const worker of [0, 1]) {
    const recorder = recorderOf(worker);
    for (let at = worker; at < 2000; at += 4) recorder.receivedAt(at * 1e6);
    restarts.add(recorder.snapshot(2e9));
    recorder.receivedAt(2.5e9);
    restarts.add(recorder.snapshot(3e9));
  }
  expect(restarts.receiveTimes.longestGapMs(0, 1e9)).toBe(2);
  expect(restarts.receiveTimes.longestGapMs(1.9e9, 3e9)).toBe(502);
});
