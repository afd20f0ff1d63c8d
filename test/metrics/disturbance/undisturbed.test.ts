import { describe, expect, it } from "vitest";
import { lowestOf } from "../../../src/metrics/buckets.ts";
import { Disturbance } from "../../../src/metrics/disturbance/disturbance.ts";
import { Disturbances } from "../../../src/metrics/disturbance/disturbances.ts";
import { Undisturbed } from "../../../src/metrics/disturbance/undisturbed.ts";
import { Recorder } from "../../../src/metrics/recorder.ts";
import {
  counter,
  inPhase,
  momentOf,
  noSecond,
  phase,
  type Snapshot,
  type SparseCounts,
  timing,
} from "../../../src/metrics/snapshot.ts";
import { mergeCounts, noCounts } from "../../../src/metrics/sparse-counts.ts";

const ms = 1e6;
const quarterMs = 250;

/** A worker that is handed replies at made-up times; quarter seconds from 0 on. */
class Run {
  readonly disturbances = new Disturbances();
  readonly disturbance = new Disturbance();
  readonly undisturbed = new Undisturbed(this.disturbances, 1000 * ms, {
    connectTimeoutNs: 2000 * ms,
  });
  readonly #recorder = new Recorder(0, 3, 0, 10, false, this.disturbance);
  readonly snapshots: Snapshot[] = [];

  answered(atMs: number, responseMs: number, phaseAt: 1 | 2 = phase.steady): this {
    // Steady state begins at 0.
    const at = momentOf(phaseAt, Math.floor((atMs - responseMs) / 1000));
    this.#recorder.answered(at, responseMs * ms, responseMs * ms, atMs * ms);
    return this;
  }

  /** A message left so much later than it was due. */
  lagged(dueMs: number, lagMs: number): this {
    const at = momentOf(phase.steady, Math.floor(dueMs / 1000));
    this.#recorder.lag(at, dueMs * ms, dueMs * ms, (dueMs + lagMs) * ms);
    return this;
  }

  /** Its time was up then, 1 s after it was due. */
  timedOut(atMs: number): this {
    const at = momentOf(phase.steady, Math.floor((atMs - 1000) / 1000));
    this.#recorder.timedOut(at, 1000 * ms, 1000 * ms, atMs * ms);
    return this;
  }

  /** Attempts to connect failed before steady state was known. */
  /** Connections that were closed and did not end within the time-out of 1 s. */
  notEnded(at: 2 | 3, by: number): this {
    for (let i = 0; i < by; i++) this.#recorder.failed(i, "TIMEOUT", "target", at);
    return this;
  }

  failedToConnect(code: string, by: number): this {
    const at = momentOf(phase.connect, noSecond);
    this.#recorder.count(at, counter.failed, by);
    this.#recorder.error(code, "target", at, by);
    return this;
  }

  /** The worker paused, and its backlog is gone. */
  paused(fromMs: number, toMs: number): this {
    this.disturbances.paused([
      { worker: 3, fromNs: fromMs * ms, toNs: toMs * ms, cause: "stopped" },
    ]);
    this.disturbance.untilNs = toMs * ms;
    this.disturbance.totalNs += (toMs - fromMs) * ms;
    return this;
  }

  machine(fromMs: number, lostMs: number, isDisturbed = true): this {
    const fromNs = fromMs * ms;
    const toNs = fromNs + quarterMs * ms;
    this.disturbances.machine({ fromNs, toNs, lostNs: lostMs * ms, isDisturbed });
    return this;
  }

  snapshot(atMs: number): this {
    const snapshot = this.#recorder.snapshot(atMs * ms);
    this.snapshots.push(snapshot);
    this.undisturbed.add(snapshot);
    return this;
  }

  get all(): SparseCounts {
    return mergeCounts(this.snapshots.map(({ steady }) => steady[timing.responseTime] ?? noCounts));
  }

  /** Response times in ms, as "value x count", to three digits. */
  times(how: "undisturbed" | "credited", first = 0, end = Number.POSITIVE_INFINITY): string[] {
    this.undisturbed.settle();
    const counts = this.undisturbed.part(first, end)[how](this.all, timing.responseTime);
    return Array.from(
      counts.indexes,
      (index, i) => `${Math.round(lowestOf(index) / ms)} x ${counts.counts[i]}`,
    );
  }
}

describe("an exchange", () => {
  it("that met nothing is undisturbed", () => {
    const run = new Run().answered(100, 5).answered(200, 7).snapshot(250);
    expect(run.times("undisturbed")).toEqual(["5 x 1", "7 x 1"]);
    expect(run.times("credited")).toEqual(["5 x 1", "7 x 1"]);
  });

  it("that was due before a pause's end is disturbed; one that was due behind it is not", () => {
    const run = new Run().answered(90, 5).paused(100, 200).answered(201, 60).answered(210, 5);
    run.snapshot(250);
    expect(run.times("undisturbed")).toEqual(["5 x 2"]);
    // What it owes the pause at most: the rest is the server's.
    expect(run.times("credited")).toEqual(["0 x 3"]);
  });

  it("that took longer than all pauses is credited with them, no more", () => {
    const run = new Run().paused(1100, 1200).answered(1210, 900).snapshot(1250);
    expect(run.times("undisturbed")).toEqual([]);
    expect(run.times("credited")).toEqual(["800 x 1"]);
  });

  it("of warm-up is none of steady state's", () => {
    const run = new Run().paused(100, 200).answered(201, 60, phase.warmUp).answered(240, 2);
    run.snapshot(250);
    expect(run.times("undisturbed")).toEqual(["2 x 1"]);
  });

  it("that was answered while the machine was busy with others is disturbed", () => {
    const run = new Run().machine(250, 100);
    run
      .answered(100, 5)
      .snapshot(250)
      .answered(300, 5)
      .snapshot(500)
      .answered(600, 5)
      .snapshot(750);
    expect(run.times("undisturbed")).toEqual(["5 x 2"]);
  });

  it("that must have begun while it was is, too", () => {
    const run = new Run().machine(0, 100).snapshot(250);
    run.answered(300, 200).answered(310, 9).snapshot(500);
    run.answered(600, 200).answered(610, 300).snapshot(750);
    expect(run.times("undisturbed")).toEqual(["9 x 1", "200 x 1"]);
  });

  it("is credited with what the machine lost in its time, and just before", () => {
    const run = new Run().machine(0, 5, false).snapshot(250).answered(300, 20).snapshot(500);
    run.snapshot(750).answered(800, 20).snapshot(1000);
    expect(run.times("undisturbed")).toEqual(["20 x 2"]);
    expect(run.times("credited")).toEqual(["15 x 1", "20 x 1"]);
  });

  it("of whose time nearly all was lost may owe all of it to the queue of what was lost before", () => {
    const run = new Run();
    for (let fromMs = 0; fromMs < 2500; fromMs += quarterMs) run.machine(fromMs, 0.9 * quarterMs);
    run.snapshot(2250).answered(2490, 1000).answered(2495, 900).snapshot(2500);
    expect(run.times("undisturbed")).toEqual([]);
    // A tenth of what they took is left: the server may have worked off a queue in it.
    expect(run.times("credited")).toEqual(["0 x 2"]);
  });

  it("of whose time a tenth was lost is the server's in the main", () => {
    const run = new Run();
    for (let fromMs = 0; fromMs < 2500; fromMs += quarterMs) run.machine(fromMs, 0.1 * quarterMs);
    run.snapshot(2250).answered(2490, 900).snapshot(2500);
    expect(run.times("credited")).toEqual(["670 x 1"]);
  });

  it("is disturbed where its worker had no time to spare", () => {
    const run = new Run().answered(100, 5);
    run.disturbance.saturated = true;
    run.snapshot(250);
    run.disturbance.saturated = false;
    run.answered(300, 6).snapshot(500);
    expect(run.times("undisturbed")).toEqual(["6 x 1"]);
    expect(run.times("credited")).toEqual(["0 x 1", "6 x 1"]);
    expect(run.disturbances.longest(0, 1e9)).toMatchObject({ by: "generator", ns: 250 * ms });
  });

  it("is looked up by the second", () => {
    const run = new Run().paused(100, 200).answered(201, 60).snapshot(250);
    run.snapshot(1000).paused(1100, 1130).answered(1140, 70).snapshot(1250);
    expect(run.times("undisturbed", 0, 1)).toEqual(["70 x 1"]);
    expect(run.times("undisturbed", 1, 2)).toEqual(["60 x 1"]);
    expect(run.times("undisturbed", 2, 9)).toEqual(["60 x 1", "70 x 1"]);
  });
});

describe("time-outs", () => {
  const explained = (run: Run) => {
    run.undisturbed.settle();
    return run.undisturbed.part().timedOut;
  };

  it("are explained by a pause that makes up a tenth of their time", () => {
    expect(explained(new Run().paused(500, 620).timedOut(1100).snapshot(1250))).toBe(1);
    expect(explained(new Run().paused(500, 520).timedOut(1100).snapshot(1250))).toBe(0);
  });

  it("are explained by a busy machine, or a worker without time to spare", () => {
    const busy = new Run();
    for (let at = 0; at < 1000; at += 250) busy.machine(at, 50);
    expect(explained(busy.timedOut(1100).snapshot(1250))).toBe(1);
    const full = new Run().timedOut(1100);
    full.disturbance.saturated = true;
    expect(explained(full.snapshot(1250))).toBe(1);
  });
});

describe("connections that did not end", () => {
  const explained = (run: Run) => {
    run.undisturbed.settle();
    return [...run.undisturbed.part().timeOutErrors];
  };

  it("are explained as exchanges are, in every phase", () => {
    const late = (run: Run) => run.notEnded(phase.steady, 2).notEnded(phase.drain, 3);
    expect(explained(late(new Run().paused(1200, 1350)).snapshot(2250))).toEqual([0, 0, 2, 3]);
    expect(explained(late(new Run()).snapshot(2250))).toEqual([0, 0, 0, 0]);
  });
});

describe("attempts to connect that timed out", () => {
  const explained = (run: Run) => {
    run.undisturbed.settle();
    return [...run.undisturbed.part().connectsTimedOut];
  };

  it("are explained by a pause that makes up a tenth of their time, in their phase", () => {
    const timedOut = (run: Run) => run.failedToConnect("ETIMEDOUT", 3).snapshot(2250);
    expect(explained(timedOut(new Run().paused(500, 720)))).toEqual([3, 0, 0, 0]);
    expect(explained(timedOut(new Run().paused(500, 650)))).toEqual([0, 0, 0, 0]);
    expect(explained(timedOut(new Run()))).toEqual([0, 0, 0, 0]);
  });

  it("are none where the target refused them", () => {
    const refused = new Run().paused(500, 1500).failedToConnect("ECONNREFUSED", 3).snapshot(2250);
    expect(explained(refused)).toEqual([0, 0, 0, 0]);
  });
});

it("counts are apart for the time that a disturbance lasted", () => {
  const run = new Run().answered(100, 5).snapshot(250);
  run
    .paused(300, 400)
    .answered(410, 5)
    .answered(420, 5)
    .snapshot(500)
    .answered(600, 5)
    .snapshot(750);
  run.undisturbed.settle();
  const { counters, disturbedNs } = run.undisturbed.part();
  expect(inPhase(counters, phase.steady, "received")).toBe(2);
  expect(disturbedNs(0, 250 * ms)).toBe(0);
  expect(disturbedNs(0, 300 * ms)).toBe(50 * ms);
  expect(disturbedNs(0, 1e9)).toBe(250 * ms);
});

it("snapshots wait until all is known that may have disturbed them", () => {
  const run = new Run().answered(100, 5).snapshot(250);
  run.machine(0, 100);
  expect(run.undisturbed.part().disturbedNs(0, 1e12)).toBe(0);
  run.undisturbed.settle(249 * ms);
  expect(run.undisturbed.part().disturbedNs(0, 1e12)).toBe(0);
  run.snapshot(2749).snapshot(2751);
  expect(run.undisturbed.part().disturbedNs(0, 1e12)).toBe(250 * ms);
});

it("a recorder counts time-outs and replies as ever, and hands a disturbance over once", () => {
  const run = new Run()
    .paused(100, 200)
    .answered(210, 60)
    .timedOut(220)
    .snapshot(250)
    .snapshot(500);
  const [first, second] = run.snapshots as [Snapshot, Snapshot];
  expect(inPhase(first.counters, phase.steady, "received")).toBe(1);
  expect(first.counters[phase.steady * (first.counters.length / 4) + counter.timedOut]).toBe(1);
  expect(first.disturbance).toEqual({ ns: 100 * ms, saturated: false });
  const [before, second0] = first.seconds;
  expect([before?.second, second0?.second]).toEqual([-1, 0]);
  expect(before?.disturbed).toMatchObject({ timedOut: 1 });
  // A time-out is a sample as well.
  expect(before?.disturbed?.responseTime.count).toBe(1);
  expect(second0?.disturbed).toMatchObject({ timedOut: 0, responseTime: { count: 1 } });
  expect(second.disturbance).toBeUndefined();
  expect(second.seconds.map(({ disturbed }) => disturbed)).toEqual([]);
});

it("what is old is packed, and opened again for what comes late", () => {
  const run = new Run();
  const second = (at: number) =>
    run
      .paused(at * 1000, at * 1000 + 50)
      .answered(at * 1000 + 40, 30)
      .lagged(at * 1000 + 10, 20)
      .snapshot(at * 1000 + 250);
  for (let at = 0; at < 40; at++) second(at);
  // Due in second 3, as one reply before.
  run.answered(40_040, 36_500);
  for (let at = 40; at < 120; at++) second(at);
  run.undisturbed.settle();
  const all = mergeCounts(
    run.snapshots
      .flatMap(({ seconds }) => seconds.filter((one) => one.second === 3))
      .map(({ steady }) => steady[timing.responseTime] ?? noCounts),
  );
  expect(all.count).toBe(2);
  const part = run.undisturbed.part(3, 4);
  expect(part.undisturbed(all, timing.responseTime)).toBe(noCounts);
  expect(part.credited(all, timing.responseTime).count).toBe(2);
  expect(inPhase(part.counters, phase.steady, "received")).toBe(2);
});
