import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WorkloadAccumulator } from "../../src/metrics/accumulator.ts";
import { Recorder } from "../../src/metrics/recorder.ts";
import {
  counter,
  momentOf,
  noSecond,
  phase,
  type SparseCounts,
  timing,
} from "../../src/metrics/snapshot.ts";
import { mergeCounts } from "../../src/metrics/sparse-counts.ts";
import { countsOf, durations } from "./samples.ts";

const startNs = 5e9;
const quarter = 0.25e9;

function secondsOf(accumulator: WorkloadAccumulator) {
  return accumulator.intervals.map(({ second, atNs, open, sum }) => ({
    second,
    atNs,
    open,
    count: sum.counters.reduce((total, count) => total + count, 0),
  }));
}

describe("WorkloadAccumulator", () => {
  test("is empty at first", () => {
    const accumulator = new WorkloadAccumulator(2, startNs);
    expect(accumulator.intervals).toEqual([]);
    expect(accumulator.total).toMatchObject({ workload: 2, open: 0, openPeak: 0, errors: [] });
    expect(accumulator.live(startNs + 9e9)).toMatchObject({ p50Ns: null, p99Ns: null });
    expect(accumulator.live(startNs + 9e9).perSecond("sent")).toBe(0);
  });

  test("the sum of all snapshots, and the sum of all seconds, is the whole", () => {
    const worker = fc.array(fc.array(durations, { maxLength: 10 }), { maxLength: 12 });
    fc.assert(
      fc.property(fc.array(worker, { maxLength: 3 }), (workers) => {
        const accumulator = new WorkloadAccumulator(0, startNs);
        workers.forEach((intervals, index) => {
          const recorder = new Recorder(0, index, startNs);
          intervals.forEach((values, quarters) => {
            for (const ns of values) {
              recorder.time(timing.serviceTime, phase.steady, ns);
              recorder.count(phase.steady, counter.sent, 1);
            }
            accumulator.add(recorder.snapshot(startNs + (quarters + 1) * quarter));
          });
        });
        const all = workers.flat(2);
        const exact = (counts: SparseCounts | undefined) => ({ ...counts, sumOfSquares: 0 });
        const total = accumulator.total.steady[timing.serviceTime];
        expect(exact(total)).toEqual(exact(countsOf(all)));
        const seconds = accumulator.intervals.map(
          ({ sum }) => sum.steady[timing.serviceTime] as SparseCounts,
        );
        expect(exact(mergeCounts(seconds))).toEqual(exact(countsOf(all)));
        expect(accumulator.count("sent")).toBe(all.length);
        expect(accumulator.intervals.length).toBe(
          Math.ceil(Math.max(0, ...workers.map(({ length }) => length)) / 4),
        );
      }),
    );
  });

  test("returns the last seconds, the newest as in `live`, and again those that have changed", () => {
    const accumulator = new WorkloadAccumulator(0, startNs);
    const recorder = new Recorder(0, 0, startNs);
    const add = (seconds: number, ns: number) => {
      recorder.time(timing.responseTime, phase.steady, ns);
      recorder.count(phase.steady, counter.received, 1);
      accumulator.add(recorder.snapshot(startNs + seconds * 1e9));
    };
    add(1, 1000);
    add(2, 2000);
    const seen = (nowSeconds: number, most: number) =>
      accumulator.recent(startNs + nowSeconds * 1e9, most).map(({ p99Ns, maxNs }) => {
        return [p99Ns, maxNs];
      });
    const first = [1000, 1000];
    expect(seen(0.5, 9)).toEqual([]);
    expect(seen(1.5, 9)).toEqual([first]);
    expect(seen(2.5, 9)).toEqual([first, [2000, 2000]]);
    expect(seen(3.4, 1)).toEqual([[2000, 2000]]);
    add(2.2, 9000);
    add(2.5, 500);
    expect(seen(3.4, 9)).toEqual([first, [2000, 2000], [9000, 9000]]);
    expect(accumulator.recent(startNs + 3.4e9, 9).at(-1)).toBe(accumulator.live(startNs + 3.4e9));
    expect(accumulator.live(startNs + 3.4e9).perSecond("received")).toBe(4);
    expect(seen(9, 9)).toEqual([]);
  });

  test("puts counts into the second that they belong to and leaves no gap", () => {
    const accumulator = new WorkloadAccumulator(0, startNs);
    const recorder = new Recorder(0, 0, startNs);
    accumulator.begin(startNs + 1.5e9);
    const sent = (second: number, by: number) =>
      recorder.count(momentOf(phase.steady, second), counter.sent, by);
    recorder.opened();
    sent(0, 1);
    accumulator.add(recorder.snapshot(startNs + 0.9e9));
    accumulator.add(recorder.snapshot(startNs + 2.9e9));
    sent(0, 2);
    sent(3, 4);
    accumulator.add(recorder.snapshot(startNs + 3.2e9));
    expect(secondsOf(accumulator)).toEqual([
      { second: -2, atNs: 0, open: 1, count: 0 },
      { second: -1, atNs: 0.5e9, open: 1, count: 0 },
      { second: 0, atNs: 1.5e9, open: 1, count: 3 },
      { second: 1, atNs: 2.5e9, open: 1, count: 0 },
      { second: 2, atNs: 3.5e9, open: 1, count: 0 },
      { second: 3, atNs: 4.5e9, open: 1, count: 4 },
    ]);
    const of = (first: number, end: number) =>
      accumulator.seconds(first, end).map(({ second }) => second);
    expect([of(-9, -1), of(1, 3), of(3, 9), of(8, 9), of(2, 1)]).toEqual([
      [-2],
      [1, 2],
      [3],
      [],
      [],
    ]);
  });

  test("what was counted before steady state was known stands where its snapshots were", () => {
    const accumulator = new WorkloadAccumulator(0, startNs);
    const recorder = new Recorder(0, 0, startNs);
    for (let quarters = 1; quarters <= 9; quarters++) {
      recorder.opened();
      recorder.count(momentOf(phase.connect, noSecond), counter.opened, 1);
      accumulator.add(recorder.snapshot(startNs + quarters * quarter));
    }
    const connecting = [
      { second: 0, atNs: 0, open: 4, count: 4 },
      { second: 1, atNs: 1e9, open: 8, count: 4 },
      { second: 2, atNs: 2e9, open: 9, count: 1 },
    ];
    expect(secondsOf(accumulator)).toEqual(connecting);
    accumulator.begin(startNs + 2.5e9);
    const begun = [
      { second: -3, atNs: 0, open: 2, count: 2 },
      { second: -2, atNs: 0.5e9, open: 6, count: 4 },
      { second: -1, atNs: 1.5e9, open: 9, count: 3 },
    ];
    expect(secondsOf(accumulator)).toEqual(begun);
    expect(accumulator.count("opened")).toBe(9);
    // A second call changes nothing.
    accumulator.begin(startNs + 9e9);
    expect(secondsOf(accumulator)).toEqual(begun);
  });

  test("views of a run that goes on go by when something was counted, and forget", () => {
    const accumulator = new WorkloadAccumulator(0, startNs);
    const recorder = new Recorder(0, 0, startNs);
    accumulator.begin(startNs);
    for (let second = 1; second <= 80; second++) {
      recorder.answered(momentOf(phase.steady, 0), second * 1e9, 1e9, startNs + second * 1e9);
      accumulator.add(recorder.snapshot(startNs + second * 1e9));
    }
    expect(accumulator.live(startNs + 80.5e9)).toMatchObject({ maxNs: 80e9 });
    const recent = accumulator.recent(startNs + 80.5e9, 80);
    expect(recent.map(({ maxNs }) => maxNs)).toEqual(
      Array.from({ length: 80 }, (_, second) => (second < 16 ? null : (second + 1) * 1e9)),
    );
    expect(accumulator.seconds(0, 1)[0]?.sum.steady[timing.responseTime]?.count).toBe(80);
  });

  test("the peak is that of the sum over workers, not the sum of their peaks", () => {
    const accumulator = new WorkloadAccumulator(0, startNs);
    const recorders = [new Recorder(0, 0, startNs), new Recorder(0, 1, startNs)];
    const [a, b] = recorders as [Recorder, Recorder];
    for (let i = 0; i < 10; i++) a.opened();
    accumulator.add(a.snapshot(startNs + quarter));
    for (let i = 0; i < 10; i++) a.closed();
    accumulator.add(a.snapshot(startNs + 2 * quarter));
    accumulator.add(a.snapshot(startNs + 3 * quarter));
    for (let i = 0; i < 7; i++) b.opened();
    accumulator.add(b.snapshot(startNs + 3 * quarter));
    expect(accumulator.total).toMatchObject({ open: 7, openPeak: 10 });
  });

  test("sees a peak that rose and fell between two snapshots", () => {
    const accumulator = new WorkloadAccumulator(0, startNs);
    const recorder = new Recorder(0, 0, startNs);
    for (let i = 0; i < 3; i++) recorder.opened();
    for (let i = 0; i < 3; i++) recorder.closed();
    accumulator.add(recorder.snapshot(startNs + quarter));
    expect(accumulator.total).toMatchObject({ open: 0, openPeak: 3 });
    expect(accumulator.intervals[0]).toMatchObject({ open: 0, openPeak: 3 });
  });

  test("an exited worker's connections are gone, its measurements stay", () => {
    const accumulator = new WorkloadAccumulator(0, startNs);
    const recorder = new Recorder(0, 0, startNs);
    recorder.opened();
    recorder.count(phase.connect, counter.opened, 1);
    const first = recorder.snapshot(startNs + quarter);
    const late = recorder.snapshot(startNs + 2 * quarter);
    accumulator.add(first);
    accumulator.workerExited(0);
    accumulator.add(late);
    expect(accumulator.total).toMatchObject({ open: 0, openPeak: 1 });
    expect(accumulator.count("opened")).toBe(1);
  });

  test("live figures are those of the last whole second, over all workers", () => {
    const accumulator = new WorkloadAccumulator(0, startNs);
    for (const worker of [0, 1]) {
      const recorder = new Recorder(0, worker, startNs);
      for (let quarters = 1; quarters <= 8; quarters++) {
        const second = Math.ceil(quarters / 4);
        recorder.count(phase.warmUp, counter.received, 25 * second);
        recorder.time(timing.responseTime, phase.warmUp, 1000 * second);
        accumulator.add(recorder.snapshot(startNs + quarters * quarter));
      }
    }
    const first = accumulator.live(startNs + 1.5e9);
    expect(first.perSecond("received")).toBe(200);
    expect(first).toMatchObject({ p50Ns: 1000, p99Ns: 1000 });
    const second = accumulator.live(startNs + 2.1e9);
    expect(second.perSecond("received")).toBe(400);
    expect(second.p99Ns).toBe(2000);
    // Nothing of the third second has arrived yet.
    expect(accumulator.live(startNs + 3.01e9).perSecond("received")).toBe(400);
    expect(accumulator.live(startNs + 9e9).perSecond("received")).toBe(0);
  });

  test("counts errors", () => {
    const accumulator = new WorkloadAccumulator(0, startNs);
    const recorder = new Recorder(0, 0, startNs);
    recorder.error("ECONNRESET", "target", phase.steady, 3);
    recorder.error("EMFILE", "generator", phase.connect);
    accumulator.add(recorder.snapshot(startNs + quarter));
    expect(accumulator.errors).toBe(4);
  });
});
