import { describe, expect, test } from "vitest";
import { mergeAnatomies, noAnatomy, partsNear } from "../../../src/metrics/anatomy.ts";
import { replyTimes } from "../../../src/metrics/clients.ts";
import { mergeSnapshots } from "../../../src/metrics/merge.ts";
import { Recorder } from "../../../src/metrics/recorder.ts";
import {
  type AnatomySums,
  type Phase,
  phase,
  type Snapshot,
  timing,
} from "../../../src/metrics/snapshot.ts";
import { noCounts } from "../../../src/metrics/sparse-counts.ts";

const us = 1000;

/** An exchange of `lag + queued + wire + wake`, us; without the kernel's times: of `lag + wire`. */
interface Spent {
  readonly lag?: number;
  readonly queued?: number;
  readonly wire: number;
  readonly wake?: number;
  readonly at?: Phase;
}

const wokenNs = 5e9;

function record(recorder: Recorder, spent: Spent, isTimed: boolean): void {
  const { lag = 0, queued = 0, wire, wake = 0, at = phase.steady } = spent;
  const serviceNs = (queued + wire + wake) * us;
  recorder.reply.set([serviceNs + lag * us, serviceNs, wokenNs]);
  recorder.answeredAs(at, at);
  if (!isTimed) return;
  recorder.reply[replyTimes.submittedNs] = wokenNs - (wire + wake) * us;
  recorder.reply[replyTimes.receivedNs] = wokenNs - wake * us;
  recorder.timed(at);
}

function measured(all: readonly Spent[], isTimed = true): Snapshot {
  const recorder = new Recorder(0, 0, 0);
  for (const spent of all) record(recorder, spent, isTimed);
  return recorder.snapshot(1);
}

function near({ anatomy, steady }: Snapshot, responseUs: number) {
  return partsNear(anatomy, steady[timing.responseTime] ?? noCounts, responseUs * us);
}

const times = (count: number, spent: Spent): Spent[] => Array.from({ length: count }, () => spent);

describe("what exchanges of a response time consist of", () => {
  test("is the mean over those next to it, and not of others", () => {
    const snapshot = measured([
      ...times(90, { lag: 10, queued: 5, wire: 100, wake: 20 }),
      ...times(5, { lag: 0, queued: 0, wire: 100, wake: 3900 }),
      ...times(5, { lag: 0, queued: 200, wire: 3700, wake: 100 }),
    ]);
    expect(near(snapshot, 135)).toEqual({
      count: 90,
      lagNs: 10 * us,
      queuedNs: 5 * us,
      wireNs: 100 * us,
      wakeNs: 20 * us,
    });
    expect(near(snapshot, 4000)).toEqual({
      count: 10,
      lagNs: 0,
      queuedNs: 100 * us,
      wireNs: 1900 * us,
      wakeNs: 2000 * us,
    });
  });

  test("adds up to about that response time", () => {
    const all = Array.from({ length: 1000 }, (_, i) => ({
      lag: i % 7,
      queued: i % 3,
      wire: 50 + i,
      wake: (i * i) % 400,
    }));
    const snapshot = measured(all);
    for (const responseUs of [80, 200, 700, 1200]) {
      const parts = near(snapshot, responseUs);
      const { lagNs = 0, queuedNs, wireNs, wakeNs } = parts ?? {};
      const sum = lagNs + (queuedNs ?? 0) + (wireNs ?? 0) + (wakeNs ?? 0);
      expect(Math.abs(sum / us / responseUs - 1)).toBeLessThan(0.2);
    }
  });

  test("without the kernel's times is how late they were sent, also where most were not", () => {
    const snapshot = measured([...times(3, { wire: 100 }), { lag: 40, wire: 60 }], false);
    const untimed = { queuedNs: null, wireNs: null, wakeNs: null };
    expect(near(snapshot, 100)).toEqual({ count: 4, lagNs: 10 * us, ...untimed });
  });

  test("takes in a few more rows where there are few exchanges, and does not look far", () => {
    const snapshot = measured([{ wire: 1000, wake: 20 }, ...times(6, { wire: 1100, wake: 90 })]);
    expect(near(snapshot, 1020)?.count).toBe(7);
    const alone = measured([{ wire: 1000 }]);
    expect(near(alone, 1000)?.count).toBe(1);
    expect(near(alone, 4000)).toBeNull();
    expect(partsNear(noAnatomy, noCounts, 100)).toBeNull();
  });

  test("is of steady state, and time-outs count with how late they were sent", () => {
    const recorder = new Recorder(0, 0, 0);
    record(recorder, { lag: 50, wire: 50, at: phase.warmUp }, true);
    record(recorder, { lag: 50, wire: 50, at: phase.drain }, true);
    const outside = recorder.snapshot(1);
    expect(outside.anatomy).toEqual(noAnatomy);
    expect(outside.outside[timing.wireTime]?.count).toBe(2);
    recorder.timedOut(phase.steady, 1_040 * us, 1_000 * us, 2e9);
    expect(near(recorder.snapshot(2), 1040)).toMatchObject({ count: 1, lagNs: 40 * us });
  });

  test("of several intervals and workers is that of one recorder of all", () => {
    const all = Array.from({ length: 500 }, (_, i) => ({
      lag: i % 11,
      queued: i % 5,
      wire: 20 + ((i * 37) % 3000),
      wake: (i * 13) % 800,
    }));
    const whole = measured(all);
    const parts = [0, 1, 2].map((third) => measured(all.filter((_, i) => i % 3 === third)));
    expect(parts.reduce(mergeSnapshots).anatomy).toEqual(whole.anatomy);
    const twice: AnatomySums = mergeAnatomies([whole.anatomy, whole.anatomy]);
    expect(twice.rows).toEqual(whole.anatomy.rows);
    expect(twice.sums).toEqual(whole.anatomy.sums.map((sum) => 2 * sum));
  });
});
