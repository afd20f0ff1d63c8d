import { expect, test } from "vitest";
import { HostTotals } from "../../src/metrics/host-totals.ts";
import { Recorder } from "../../src/metrics/recorder.ts";
import { counter, momentOf, phase, timing } from "../../src/metrics/snapshot.ts";

const startNs = 50e9;
const at = momentOf(phase.steady, 0);

/** Snapshots of four quarters of the second `second`, of a worker that sends `perQuarter` and waits `ns` for each. */
function addSecond(
  totals: HostTotals,
  recorder: Recorder,
  second: number,
  perQuarter: number,
  ns: number,
): void {
  for (let quarter = 1; quarter <= 4; quarter++) {
    recorder.count(at, counter.sent, perQuarter);
    recorder.count(at, counter.received, perQuarter);
    for (let i = 0; i < perQuarter; i++) recorder.time(timing.responseTime, at, ns);
    totals.add(recorder.snapshot(startNs + second * 1e9 + quarter * 0.25e9));
  }
}

test("sums what its workers measured, and shows the last whole second", () => {
  const totals = new HostTotals(startNs);
  const nothing = { achievedPerSecond: 0, receivedPerSecond: 0, p50Ns: null, p99Ns: null };
  expect(totals.live(startNs + 1e9)).toEqual(nothing);
  const [one, other] = [0, 1].map((worker) => new Recorder(0, worker, startNs, 5)) as [
    Recorder,
    Recorder,
  ];
  for (let second = 0; second < 10; second++) {
    addSecond(totals, one, second, 10, 1e6 * (second + 1));
    addSecond(totals, other, second, 30, 1e6 * (second + 1));
  }
  const figures = { achievedPerSecond: 160, receivedPerSecond: 160 };
  expect(totals.live(startNs + 10.1e9)).toMatchObject(figures);
  expect(totals.live(startNs + 10.1e9).p99Ns).toBeCloseTo(10e6, -4);
  expect(totals.live(startNs + 9.5e9).p50Ns).toBeCloseTo(9e6, -4);
  expect(totals.live(startNs + 11.5e9)).toMatchObject(figures);
  expect(totals.live(startNs + 12.5e9)).toEqual(nothing);
  expect(totals.responseTime.count).toBe(1_600);
  expect(totals.responseTime.max).toBe(10e6);
});

test("the first of its workers says how late it began, and one that has exited has nothing open", () => {
  const totals = new HostTotals(startNs);
  expect(totals.beganLateNs).toBeNull();
  totals.began(3_000);
  totals.began(2_000);
  totals.began(9_000);
  expect(totals.beganLateNs).toBe(2_000);
  const recorder = new Recorder(0, 4, startNs, 5);
  recorder.opened();
  recorder.opened();
  totals.add(recorder.snapshot(startNs + 0.25e9));
  expect(totals.open).toBe(2);
  totals.workerExited(7);
  expect(totals.open).toBe(2);
  totals.workerExited(4);
  expect(totals.open).toBe(0);
  totals.add(recorder.snapshot(startNs + 0.5e9));
  expect(totals.open).toBe(0);
});
