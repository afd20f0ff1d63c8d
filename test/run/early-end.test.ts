import { describe, expect, test } from "vitest";
import { abortRuleOf } from "../../src/gates/abort.ts";
import { parseGate } from "../../src/gates/parse.ts";
import { WorkloadAccumulator } from "../../src/metrics/accumulator.ts";
import { Disturbance } from "../../src/metrics/disturbance/disturbance.ts";
import { Disturbances } from "../../src/metrics/disturbance/disturbances.ts";
import { Silences } from "../../src/metrics/disturbance/silences.ts";
import { settledNs, Undisturbed } from "../../src/metrics/disturbance/undisturbed.ts";
import { Recorder } from "../../src/metrics/recorder.ts";
import { counter, momentOf, phase, timing } from "../../src/metrics/snapshot.ts";
import type { ResultInput } from "../../src/results/build/input.ts";
import { EarlyEnds } from "../../src/run/early-end.ts";
import { SettledAccumulator } from "../../src/run/settled-accumulator.ts";
import { resultInput, startNs } from "../results/fixture.ts";

const quarterNs = 250e6;

/** What a worker counts in a quarter second of steady state. */
interface Quarter {
  readonly responseNs?: number;
  readonly sent?: number;
  readonly received?: number;
  readonly corrupted?: number;
  readonly timedOut?: number;
  /** Replies of the part get that were refused; they are counted of that alone. */
  readonly corruptedOfGet?: number;
  /** Its worker was stopped meanwhile. */
  readonly stopped?: boolean;
}

/** A run of two workers, in steady state from its start; the workload's time-out is 1 s. */
class Run {
  readonly #disturbances = new Disturbances();
  readonly #accumulator = new WorkloadAccumulator(0, startNs, 1);
  readonly #undisturbed = new Undisturbed(this.#disturbances, 1e9, { parts: 1 });
  readonly #settled = new SettledAccumulator(0, startNs, 1);
  readonly #workers = [0, 1].map((worker) => {
    const disturbance = new Disturbance();
    const parts = { count: 1, addUp: false };
    const recorder = new Recorder(0, worker, startNs, 10, false, disturbance, parts);
    return { worker, disturbance, recorder };
  });
  readonly #ends: EarlyEnds;
  readonly #input: ResultInput;
  #quarters = 0;

  constructor(...gates: readonly (readonly [text: string, afterNs?: number])[]) {
    const names = { workloads: ["chat"], servers: [], parts: new Map([["chat", ["get"]]]) };
    this.#accumulator.begin(startNs);
    this.#settled.accumulator.begin(startNs);
    const base = resultInput({
      run: { disturbances: this.#disturbances },
    });
    const { scenario } = base.plan;
    const parts = { names: ["get"], addUp: false };
    const workloads = scenario.workloads.map((one) => ({ ...one, timeoutNs: 1e9, parts }));
    this.#input = { ...base, plan: { ...base.plan, scenario: { ...scenario, workloads } } };
    this.#ends = new EarlyEnds(
      gates.map(([text, afterNs = null], line) => {
        const gate = parseGate(text, names);
        const position = { file: "chat.yaml", line, column: 1 };
        return { gate, line, position, abort: abortRuleOf(gate, afterNs, settledNs) };
      }),
    );
  }

  /** @returns when the run was ended, in quarter seconds from its start, and by which gate; null: never */
  play(quarters: number, story: (quarter: number) => Quarter) {
    for (let i = 0; i < quarters; i++) {
      const found = this.#quarter(story(this.#quarters));
      if (found !== null) return { at: this.#quarters, gate: found.gate, ...found.result };
    }
    return null;
  }

  #quarter(story: Quarter) {
    const { responseNs = 1e6, sent = 50, received = sent, corrupted = 0 } = story;
    const at = momentOf(phase.steady, Math.floor(this.#quarters / 4));
    const fromNs = startNs + this.#quarters * quarterNs;
    this.#quarters++;
    const nowNs = fromNs + quarterNs;
    for (const { worker, disturbance, recorder } of this.#workers) {
      if (story.stopped) {
        this.#disturbances.paused([{ worker, fromNs, toNs: nowNs, cause: "stopped" }]);
        disturbance.untilNs = nowNs;
        disturbance.totalNs += quarterNs;
      }
      recorder.count(at, counter.offered, sent);
      recorder.count(at, counter.sent, sent);
      recorder.count(at, counter.corrupted, corrupted);
      for (let n = 0; n < received; n++) {
        recorder.answered(at, responseNs, responseNs, nowNs - 1);
        recorder.time(timing.sendLag, at, 1000);
      }
      for (let n = 0; n < (story.timedOut ?? 0); n++) {
        recorder.timedOut(at, 1e9, 1e9, nowNs - 1);
        recorder.error("TIMEOUT", "target", at);
      }
      recorder.parts[0]?.count(at, counter.corrupted, story.corruptedOfGet ?? 0);
      for (let n = 0; n < received; n++) {
        recorder.parts[0]?.answered(at, responseNs, responseNs, nowNs - 1);
      }
      const snapshot = recorder.snapshot(nowNs);
      this.#accumulator.add(snapshot);
      this.#undisturbed.add(snapshot);
      this.#settled.add(snapshot);
    }
    const times = { openNs: startNs, connectedNs: startNs, steadyNs: startNs, endNs: nowNs };
    const input = {
      ...this.#input,
      workloads: [
        {
          accumulator: this.#accumulator,
          undisturbed: this.#undisturbed,
          silences: new Silences(),
          times,
          delivered: null,
          broadcast: null,
          subscription: null,
          publishers: [],
          tcp: null,
          restarts: null,
          deliveries: null,
        },
      ],
    };
    return this.#ends.look(nowNs, () => input, [this.#settled], startNs);
  }
}

describe("a gate with abort ends the run", () => {
  test("at once where disturbance does not matter", () => {
    const run = new Run(["chat.responseTime.p99 < 1s"], ["chat.exchanges.corrupted < 4"]);
    const end = run.play(40, (quarter) => ({ corrupted: quarter < 20 ? 0 : 1 }));
    expect(end).toMatchObject({ at: 22, gate: 1, actual: 4, verdict: "fail" });
  });

  test("over a part of a workload as over the whole", () => {
    const run = new Run(["chat.exchanges.corrupted < 4"], ["chat.get.exchanges.corrupted < 4"]);
    const end = run.play(40, (quarter) => ({ corruptedOfGet: quarter < 20 ? 0 : 1 }));
    expect(end).toMatchObject({ at: 22, gate: 1, actual: 4, verdict: "fail" });
    const slow = new Run(["chat.get.responseTime.p99 < 5ms over 2s"]);
    expect(slow.play(40, () => ({ responseNs: 9e6 }))).toMatchObject({ gate: 0, verdict: "fail" });
  });

  test("when it is known that nothing disturbed it, where it does", () => {
    const run = new Run(["chat.errors.target == 0"]);
    const end = run.play(40, (quarter) => ({ timedOut: quarter === 8 ? 1 : 0 }));
    expect(end).toMatchObject({ at: 9 + settledNs / quarterNs, actual: 2 });
  });

  test("and not by what a pause of the load generator may have done", () => {
    const story = (more: Quarter) => (quarter: number) =>
      quarter === 8 ? { stopped: true, ...more } : {};
    const errors = new Run(["chat.errors.target == 0"]);
    expect(errors.play(40, story({ timedOut: 1 }))).toBeNull();
    expect(errors.play(40, () => ({ timedOut: 1 }))).not.toBeNull();
    const max = new Run(["chat.responseTime.max < 200ms"]);
    expect(max.play(40, story({ responseNs: 250e6 }))).toBeNull();
    expect(max.play(40, () => ({ responseNs: 300e6 }))).not.toBeNull();
  });

  test("by what was measured so far, after as much steady state as it says", () => {
    const story = (quarter: number) => ({ responseNs: quarter < 4 ? 9e6 : 1e6 });
    const early = new Run(["chat.responseTime.p99 < 5ms", 0]).play(80, story);
    expect(early).toMatchObject({ at: 1 + settledNs / quarterNs, actual: expect.any(Number) });
    const after = new Run(["chat.responseTime.p99 < 5ms", 5e9]).play(80, story);
    expect(after).toMatchObject({ at: 20 + settledNs / quarterNs });
    // Of what it has measured after 20 s a tenth is slow.
    expect(new Run(["chat.responseTime.p90 < 5ms", 15e9]).play(80, story)).toBeNull();
  });

  test("not because replies are still awaited", () => {
    const inFlight = (quarter: number) => ({ received: quarter % 4 === 0 ? 0 : 50 });
    const gate = "chat.exchanges.received / chat.exchanges.sent > 70%";
    expect(new Run([gate, 1e9]).play(80, inFlight)).toBeNull();
    const lost = (quarter: number) => ({ received: quarter < 20 ? 50 : 0 });
    const end = new Run([gate, 1e9]).play(80, lost);
    // 5 s of 50 and 3 s of none; a time-out later, and when it is settled.
    expect(end).toMatchObject({ at: 4 * (8 + 1) + settledNs / quarterNs });
  });

  test("by the first window that is over and has failed", () => {
    const story = (quarter: number) => ({ responseNs: quarter >= 16 && quarter < 20 ? 9e6 : 1e6 });
    const gate = "chat.responseTime.p99 < 5ms over 2s";
    expect(new Run([gate]).play(80, story)).toMatchObject({
      at: 20 + settledNs / quarterNs,
      actual: expect.closeTo(9e6, -5),
    });
    expect(new Run([gate]).play(80, () => ({}))).toBeNull();
    const stopped = (quarter: number) => ({
      ...story(quarter),
      stopped: quarter >= 14 && quarter < 20,
    });
    expect(new Run([gate]).play(80, stopped)).toBeNull();
  });

  test("by a window that failed before it may", () => {
    const story = (quarter: number) => ({ responseNs: quarter >= 16 && quarter < 20 ? 9e6 : 1e6 });
    const end = new Run(["chat.responseTime.p99 < 5ms over 2s", 12e9]).play(80, story);
    expect(end).toMatchObject({ at: 48 + settledNs / quarterNs, actual: expect.closeTo(9e6, -5) });
  });

  test("and there is nothing to look for without one", () => {
    expect(new EarlyEnds([]).some).toBe(false);
  });
});

describe("what is settled", () => {
  test("waits for the worker that is behind, unless it has exited", () => {
    const settled = new SettledAccumulator(0, 0);
    const recorders = [0, 1].map((worker) => new Recorder(0, worker, 0));
    const report = (worker: number, toNs: number) =>
      settled.add((recorders[worker] as Recorder).snapshot(toNs));
    expect(settled.untilNs).toBe(Number.NEGATIVE_INFINITY);
    report(0, 1e9);
    report(1, 1e9);
    report(0, 4e9);
    expect(settled.untilNs).toBe(1e9);
    report(0, 8e9);
    expect(settled.untilNs).toBe(1e9);
    settled.workerExited(1);
    expect(settled.untilNs).toBe(4e9);
  });
});
