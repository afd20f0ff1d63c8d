/** One line, one span: a run of a few exchanges whose whole result was worked out by hand. */
import { describe, expect, test } from "vitest";
import { WorkloadAccumulator } from "../../../src/metrics/accumulator.ts";
import { Disturbances } from "../../../src/metrics/disturbance/disturbances.ts";
import { Silences } from "../../../src/metrics/disturbance/silences.ts";
import { Undisturbed } from "../../../src/metrics/disturbance/undisturbed.ts";
import { Recorder } from "../../../src/metrics/recorder.ts";
import { counter, secondAt } from "../../../src/metrics/snapshot.ts";
import { buildResult } from "../../../src/results/build/build.ts";
import type { WorkloadMeasured } from "../../../src/results/build/input.ts";
import { PhaseClock } from "../../../src/traffic/phase-clock.ts";
import { resultInput, startNs } from "../fixture.ts";

const ms = 1e6;
const timeoutNs = 1_000 * ms;

/** Times in ms since the run's start; `replied` null: never. */
interface Exchange {
  readonly due: number;
  readonly sent: number;
  readonly replied: number | null;
  /** Its connection ended before a reply. */
  readonly failed?: boolean;
}

// Begins at 700 ms, is steady from 1,200 to 3,700: two whole seconds and a half.
const [beginMs, steadyMs, endMs] = [700, 1_200, 3_700];
const exchanges: readonly Exchange[] = [
  // Warm-up: answered in it; answered in steady state; without a reply.
  { due: 800, sent: 800, replied: 810 },
  { due: 1_190, sent: 1_191, replied: 1_290 },
  { due: 1_195, sent: 1_195, replied: null },
  // Second 0 of steady state.
  { due: 1_200, sent: 1_200, replied: 1_205 },
  { due: 1_700, sent: 1_703, replied: 1_713 },
  { due: 2_190, sent: 2_195, replied: 2_250 },
  // Second 1: one left in second 2, one timed out in the drain, one failed.
  { due: 2_200, sent: 3_250, replied: 3_260 },
  { due: 2_900, sent: 2_900, replied: null },
  { due: 3_000, sent: 3_000, replied: null, failed: true },
  // The half: answered in it, after the end, and never.
  { due: 3_300, sent: 3_300, replied: 3_320 },
  { due: 3_600, sent: 3_600, replied: 3_900 },
  { due: 3_690, sent: 3_690, replied: null },
];

/** Two workers that take turns, and snapshots at times that have nothing to do with the phases. */
function measured(): WorkloadMeasured {
  const clock = new PhaseClock((steadyMs - beginMs) * ms, (endMs - steadyMs) * ms);
  const accumulator = new WorkloadAccumulator(0, startNs);
  const events: { at: number; worker: number; does: (recorder: Recorder) => void }[] = [];
  const at = (time: number) => startNs + time * ms;
  for (const worker of [0, 1]) {
    events.push({
      at: 100,
      worker,
      does(recorder) {
        recorder.opened();
        recorder.count(clock.at(at(100)), counter.opened, 1);
      },
    });
  }
  for (const [number, { due, sent, replied, failed }] of exchanges.entries()) {
    const worker = number % 2;
    events.push({
      at: sent,
      worker,
      does(recorder) {
        recorder.sent(clock.at(at(due)), 10);
        recorder.lag(clock.at(at(due)), at(due), 0, at(sent));
      },
    });
    const over = replied ?? sent + (failed ? 1 : timeoutNs / ms);
    events.push({
      at: over,
      worker,
      does(recorder) {
        const moment = clock.at(at(due));
        if (replied !== null) {
          const times = [(replied - due) * ms, (replied - sent) * ms] as const;
          recorder.answered(moment, ...times, at(replied), clock.at(at(replied)));
          recorder.count(moment, counter.bytesReceived, 7);
        } else if (failed) {
          recorder.count(moment, counter.exchangesFailed, 1);
          recorder.error("ECONNRESET", "target", moment);
        } else {
          recorder.timedOut(moment, (sent - due) * ms + timeoutNs, timeoutNs, at(sent) + timeoutNs);
          recorder.error("TIMEOUT", "target", moment);
        }
      },
    });
  }
  const undisturbed = new Undisturbed(new Disturbances(), timeoutNs);
  const recorders = [0, 1].map((worker) => new Recorder(0, worker, startNs));
  let next = 0;
  // A worker that is late takes its snapshots late.
  const snapshots = [260, 511, 777, 1_302, 1_500, 2_261, 2_266, 3_333, 4_001, 5_000];
  const sorted = events.toSorted((a, b) => a.at - b.at);
  for (const [index, until] of snapshots.entries()) {
    if (index === 2) {
      clock.begin(startNs + beginMs * ms);
      accumulator.begin(startNs + steadyMs * ms);
    }
    for (; (sorted[next]?.at ?? Number.POSITIVE_INFINITY) <= until; next++) {
      const event = sorted[next] as (typeof sorted)[number];
      event.does(recorders[event.worker] as Recorder);
    }
    for (const recorder of recorders) {
      const snapshot = recorder.snapshot(at(until));
      accumulator.add(snapshot);
      undisturbed.add(snapshot);
    }
  }
  const times = {
    openNs: at(50),
    connectedNs: at(600),
    steadyNs: at(steadyMs),
    endNs: at(endMs),
  };
  undisturbed.settle();
  return {
    accumulator,
    undisturbed,
    silences: new Silences(),
    deliveries: null,
    times,
    delivered: null,
    broadcast: null,
    subscription: null,
    publishers: [],
    tcp: null,
    restarts: null,
  };
}

const gates = [
  "chat.exchanges.sent >= 3 over 1s",
  "chat.exchanges.received >= 1 over 1s",
  "chat.exchanges.timedOut == 0 over 1s",
  "chat.rate.receivedPerSecond >= 3/s over 1s",
  "chat.rate.achievedPerSecond >= 3/s over 2s",
  "chat.responseTime.max < 1060ms over 1s",
  "chat.exchanges.sent >= 1 over 3s",
];
const result = buildResult(resultInput({ gates, workloads: [measured()] }));
const chat = result.workloads.chat;

describe("a result", () => {
  test("has of steady state what was due in it", () => {
    expect(chat?.steady).toEqual({ fromMs: steadyMs, toMs: endMs });
    expect(chat?.exchanges).toMatchObject({
      offered: 9,
      sent: 9,
      received: 6,
      timedOut: 2,
      failed: 1,
      unsent: 0,
    });
    expect(chat?.bytes).toEqual({ sent: 90, received: 42 });
    // In steady state arrived: five of its own, and one of warm-up.
    expect(chat?.rate).toEqual({
      offeredPerSecond: 9 / 2.5,
      achievedPerSecond: 9 / 2.5,
      receivedPerSecond: 6 / 2.5,
    });
    // Six replies and two time-outs, one of which had waited for nothing.
    expect(chat?.responseTime).toMatchObject({ count: 8, min: 5 * ms, max: 1_060 * ms });
    expect(chat?.serviceTime).toMatchObject({ count: 8, min: 5 * ms, max: timeoutNs });
    expect(chat?.sendLag).toMatchObject({ count: 9, min: 0, max: 1_050 * ms });
    expect(chat?.outsideSteady.responseTime).toMatchObject({ count: 3, max: timeoutNs });
    expect(chat?.connections).toMatchObject({ opened: 2, peak: 2 });
  });

  test("has each phase's own, which adds up: sent is received, timed out or failed", () => {
    const phases = Object.entries(chat?.phases ?? {});
    for (const [name, { sent = 0, received = 0, timedOut = 0, exchangesFailed = 0 }] of phases) {
      expect(received + timedOut + exchangesFailed, name).toBe(sent);
    }
    expect(chat?.phases).toEqual({
      connect: { opened: 2 },
      warmUp: {
        offered: 3,
        sent: 3,
        received: 2,
        timedOut: 1,
        arrivedLater: 1,
        bytesSent: 30,
        bytesReceived: 14,
      },
      steady: {
        offered: 9,
        sent: 9,
        received: 6,
        timedOut: 2,
        exchangesFailed: 1,
        arrivedLater: 3,
        arrivedOfEarlier: 3,
        bytesSent: 90,
        bytesReceived: 42,
      },
      drain: { arrivedOfEarlier: 1 },
    });
    expect(chat?.errors.map(({ code, phase, count }) => [code, phase, count]).sort()).toEqual([
      ["ECONNRESET", "steady", 1],
      ["TIMEOUT", "steady", 2],
      ["TIMEOUT", "warmUp", 1],
    ]);
  });

  test("has a timeline whose seconds begin with steady state", () => {
    const rows = chat?.timeline.map(({ atMs, offered, sent, received, errors, responseTime }) => [
      atMs,
      ...[offered, sent, received, errors],
      responseTime.max === null ? null : responseTime.max / ms,
    ]);
    expect(rows).toEqual([
      [0, 0, 0, 0, 0, null],
      [200, 3, 3, 1, 1, 1_000],
      [1_200, 3, 3, 3, 0, 60],
      [2_200, 3, 3, 1, 2, 1_060],
      [3_200, 3, 3, 3, 1, 1_000],
      [4_200, 0, 0, 0, 0, null],
    ]);
    const sum = (of: "offered" | "sent" | "received") =>
      chat?.timeline.reduce((total, entry) => total + entry[of], 0);
    expect([sum("offered"), sum("sent"), sum("received")]).toEqual([12, 12, 8]);
  });

  test("judges windows that are whole, of what was due in them", () => {
    const values = gates.map((expression, index) => {
      const gate = result.gates[index];
      return [expression, gate?.verdict, gate?.actual];
    });
    expect(values).toEqual([
      [gates[0], "pass", 3],
      [gates[1], "pass", 1],
      [gates[2], "fail", 1],
      [gates[3], "fail", 1],
      [gates[4], "pass", 3],
      [gates[5], "fail", 1_060 * ms],
      [gates[6], "noData", null],
    ]);
  });
});

test("the clock gives each moment its second, whatever the fraction that it begins at", () => {
  const clock = new PhaseClock(500 * ms, 2_500 * ms);
  clock.begin(startNs + 700 * ms);
  const second = (sinceStartMs: number) => secondAt(clock.at(startNs + sinceStartMs * ms));
  expect([1_199.999999, 1_200, 2_199.999999, 2_200, 3_699, 3_700].map(second)).toEqual([
    -1, 0, 0, 1, 2, 2,
  ]);
});
