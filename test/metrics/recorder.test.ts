import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { noAnatomy } from "../../src/metrics/anatomy.ts";
import { bucketCount, bucketOf } from "../../src/metrics/buckets.ts";
import { Recorder } from "../../src/metrics/recorder.ts";
import {
  counter,
  counters,
  inPhase,
  type Moment,
  momentOf,
  noSecond,
  overPhases,
  phase,
  phases,
  timing,
  timings,
} from "../../src/metrics/snapshot.ts";

const newRecorder = () => new Recorder(3, 5, 1_000);

describe("Recorder", () => {
  test("an empty interval", () => {
    const snapshot = newRecorder().snapshot(2_000);
    expect(snapshot).toMatchObject({ workload: 3, worker: 5, fromNs: 1_000, toNs: 2_000 });
    expect(snapshot).toMatchObject({ open: 0, openPeak: 0, errors: [] });
    expect(snapshot.counters).toEqual(new Float64Array(phases.length * counters.length));
    expect(snapshot.steady).toHaveLength(timings.length);
    expect(snapshot.outside).toHaveLength(timings.length);
    expect(snapshot.steady[0]).toEqual({
      indexes: new Uint32Array(0),
      counts: new Float64Array(0),
      count: 0,
      min: Number.POSITIVE_INFINITY,
      max: 0,
      sum: 0,
      sumOfSquares: 0,
    });
  });

  test("`sent` and `answered` equal their separate calls, whatever their times", () => {
    const time = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ min: 0, max: 5e12 }));
    const exchange = fc.record({
      at: fc.constantFrom(phase.warmUp, phase.steady, phase.drain),
      bytes: fc.nat(),
      responseNs: time,
      lagNs: fc.constantFrom(0, 0.5, 1000),
    });
    fc.assert(
      fc.property(fc.array(exchange), (exchanges) => {
        const [whole, parts] = [newRecorder(), newRecorder()];
        for (const { at, bytes, responseNs, lagNs } of exchanges) {
          whole.sent(at, bytes);
          whole.answered(at, responseNs, responseNs - lagNs, 1e13);
          parts.count(at, counter.offered, 1);
          parts.count(at, counter.sent, 1);
          parts.count(at, counter.bytesSent, bytes);
          parts.count(at, counter.received, 1);
          parts.time(timing.responseTime, at, responseNs);
          parts.time(timing.serviceTime, at, responseNs - lagNs);
        }
        // Which part of a response time is the lag is known of whole exchanges only.
        const both = [whole, parts].map((one) => ({ ...one.snapshot(2_000), anatomy: noAnatomy }));
        expect(both[0]).toEqual(both[1]);
      }),
    );
  });

  test("counts per phase and starts again from zero", () => {
    const recorder = newRecorder();
    recorder.count(phase.steady, counter.sent, 2);
    recorder.count(phase.steady, counter.sent, 1);
    recorder.count(phase.drain, counter.received, 7);
    const { counters: row } = recorder.snapshot(2_000);
    expect(row[phase.steady * counters.length + counter.sent]).toBe(3);
    expect(row[phase.drain * counters.length + counter.received]).toBe(7);
    expect(row.reduce((sum, count) => sum + count, 0)).toBe(10);
    const next = recorder.snapshot(3_000);
    expect(next.fromNs).toBe(2_000);
    expect(next.counters.every((count) => count === 0)).toBe(true);
  });

  test("steady state apart from the other phases, connect times in one", () => {
    const recorder = newRecorder();
    recorder.time(timing.responseTime, phase.steady, 10);
    recorder.time(timing.responseTime, phase.warmUp, 20);
    recorder.time(timing.responseTime, phase.drain, 30);
    recorder.time(timing.connectTime, phase.connect, 40);
    recorder.time(timing.connectTime, phase.steady, 50);
    const { steady, outside } = recorder.snapshot(2_000);
    expect(steady[timing.responseTime]).toMatchObject({ count: 1, min: 10, max: 10 });
    expect(outside[timing.responseTime]).toMatchObject({ count: 2, min: 20, max: 30 });
    expect(steady[timing.connectTime]).toMatchObject({ count: 2, min: 40, max: 50, sum: 90 });
    expect(outside[timing.connectTime]).toMatchObject({ count: 0 });
  });

  test("treats odd values as the buckets do, and keeps the maximum exact", () => {
    const recorder = newRecorder();
    for (const ns of [-5, Number.NaN, 1.9, 4e12]) recorder.time(timing.sendLag, phase.steady, ns);
    const lag = recorder.snapshot(2_000).steady[timing.sendLag];
    expect(lag).toMatchObject({ count: 4, min: 0, max: 4e12, sum: 4e12 + 1 });
    expect([...(lag?.indexes ?? [])]).toEqual([0, 1, bucketCount - 1]);
    expect([...(lag?.counts ?? [])]).toEqual([2, 1, 1]);
  });

  test("hands out exactly what was recorded, and nothing twice", () => {
    const sample = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.nat({ max: 2 ** 40 }));
    fc.assert(
      fc.property(fc.array(fc.array(sample, { maxLength: 50 }), { maxLength: 4 }), (intervals) => {
        const recorder = newRecorder();
        for (const samples of intervals) {
          const expected = new Map<number, number>();
          let sum = 0;
          for (const [which, ns] of samples) {
            recorder.time(which as 0 | 1 | 2 | 3, phase.steady, ns);
            const key = which * bucketCount + bucketOf(ns);
            expected.set(key, (expected.get(key) ?? 0) + 1);
            sum += ns;
          }
          const { steady } = recorder.snapshot(0);
          const got = new Map<number, number>();
          steady.forEach((sparse, which) => {
            sparse.indexes.forEach((index, i) => {
              got.set(which * bucketCount + index, sparse.counts[i] as number);
            });
            expect([...sparse.indexes]).toEqual([...sparse.indexes].sort((a, b) => a - b));
          });
          expect(got).toEqual(expected);
          expect(steady.reduce((total, sparse) => total + sparse.sum, 0)).toBe(sum);
        }
      }),
    );
  });

  test("counts under the second that something belongs to, however late it is counted", () => {
    const recorder = newRecorder();
    const sent = (at: Moment) => recorder.sent(at, 10);
    sent(momentOf(phase.connect, noSecond));
    sent(momentOf(phase.warmUp, -1));
    sent(momentOf(phase.steady, 0));
    sent(momentOf(phase.steady, 3));
    recorder.answered(momentOf(phase.steady, 0), 3e9, 3e9, 4e9);
    recorder.error("TIMEOUT", "target", momentOf(phase.warmUp, -1));
    const { seconds, ...all } = recorder.snapshot(2_000);
    expect(
      seconds.map(({ second, counters, errors, steady }) => [
        second,
        overPhases(counters, "sent"),
        inPhase(counters, phase.steady, "received"),
        errors.length,
        steady[timing.responseTime]?.count,
      ]),
    ).toEqual([
      [null, 1, 0, 0, 0],
      [-1, 1, 0, 1, 0],
      [0, 1, 1, 0, 1],
      [3, 1, 0, 0, 0],
    ]);
    expect(overPhases(all.counters, "sent")).toBe(4);
    expect(all.errors).toHaveLength(1);
    sent(momentOf(phase.steady, 3));
    const next = recorder.snapshot(3_000);
    expect(next.seconds.map(({ second }) => second)).toEqual([3]);
    // What is of one second alone stands in the message once.
    expect(next.seconds[0]?.steady).toBe(next.steady);
    expect(recorder.snapshot(4_000).seconds).toEqual([]);
  });

  test("errors by code, side and phase", () => {
    const recorder = newRecorder();
    recorder.error("ECONNRESET", "target", phase.steady);
    recorder.error("ECONNRESET", "target", phase.steady, 4);
    recorder.error("ECONNRESET", "target", phase.connect);
    recorder.error("EMFILE", "generator", phase.connect);
    expect(recorder.snapshot(2_000).errors).toEqual([
      { code: "ECONNRESET", side: "target", phase: "steady", count: 5 },
      { code: "ECONNRESET", side: "target", phase: "connect", count: 1 },
      { code: "EMFILE", side: "generator", phase: "connect", count: 1 },
    ]);
    expect(recorder.snapshot(3_000).errors).toEqual([]);
  });

  test("open connections outlive the interval, their peak does not", () => {
    const recorder = newRecorder();
    for (let i = 0; i < 3; i++) recorder.opened();
    recorder.closed();
    expect(recorder.open).toBe(2);
    expect(recorder.snapshot(2_000)).toMatchObject({ open: 2, openPeak: 3 });
    recorder.closed();
    expect(recorder.snapshot(3_000)).toMatchObject({ open: 1, openPeak: 2 });
    recorder.closed();
    expect(() => recorder.closed()).toThrow("assertion failed");
  });
});

describe("fragments", () => {
  function counted(mtuBytes: number | null, family: 4 | 6, ...lengths: number[]) {
    const recorder = new Recorder(0, 0, 0);
    if (mtuBytes !== null) recorder.fragmentAbove(mtuBytes, family);
    for (const bytes of lengths) recorder.sent(phase.steady, bytes);
    const { counters: rows } = recorder.snapshot(1);
    return [inPhase(rows, phase.steady, "fragmented"), inPhase(rows, phase.steady, "fragments")];
  }

  test("are counted for datagrams longer than the MTU, as the kernel fragments them", () => {
    expect(counted(1500, 4, 0, 64, 1472)).toEqual([0, 0]);
    expect(counted(1500, 4, 1473)).toEqual([1, 2]);
    // 65,515 bytes with UDP's header, 1,480 in a fragment.
    expect(counted(1500, 4, 65_507)).toEqual([1, 45]);
    expect(counted(1500, 6, 1452)).toEqual([0, 0]);
    expect(counted(1500, 6, 1453)).toEqual([1, 2]);
    expect(counted(65_536, 4, 65_507)).toEqual([0, 0]);
    expect(counted(65_536, 6, 65_507, 65_527)).toEqual([2, 4]);
    expect(counted(null, 4, 65_507)).toEqual([0, 0]);
  });
});
