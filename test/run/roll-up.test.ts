import { describe, expect, test } from "vitest";
import { noWindows } from "../../src/gates/evaluate.ts";
import { parseGate } from "../../src/gates/parse.ts";
import { WorkloadAccumulator } from "../../src/metrics/accumulator.ts";
import { noAnatomy } from "../../src/metrics/anatomy.ts";
import { Disturbances } from "../../src/metrics/disturbance/disturbances.ts";
import { Undisturbed } from "../../src/metrics/disturbance/undisturbed.ts";
import {
  counter,
  counters,
  type Snapshot,
  type SparseCounts,
  timing,
  timings,
} from "../../src/metrics/snapshot.ts";
import { noCounts } from "../../src/metrics/sparse-counts.ts";
import { buildResult } from "../../src/results/build/build.ts";
import type { ResultInput } from "../../src/results/build/input.ts";
import type { WorkloadResult } from "../../src/results/result.ts";
import { RunRollUp } from "../../src/run/roll-up.ts";
import { countsOf } from "../metrics/samples.ts";
import { measured, resultInput, startNs } from "../results/fixture.ts";

const names = { workloads: ["chat"], servers: ["echo"], parts: new Map() };
const steadyAt = startNs + 30e9;

/** What a second of a run was like. */
interface Second {
  readonly ms: readonly number[];
  readonly timedOut?: number;
  readonly isDisturbed?: boolean;
}

/** What a look at a run takes beside its own measurements. */
const ofAnyWorkload = measured(0);

/** A run of one worker on a virtual clock, a snapshot a second, in steady state from its second 30 on. */
class Run {
  readonly #disturbances = new Disturbances();
  readonly accumulator = new WorkloadAccumulator(0, startNs);
  readonly #undisturbed = new Undisturbed(this.#disturbances, 1e9);
  readonly #gates;
  readonly #rollUp: RunRollUp | null;
  #nowNs = startNs;
  looks = 0;

  /** @param rolls whether what is old is put together, as runs do */
  constructor(gates: readonly string[], rolls: boolean) {
    this.#gates = gates.map((text, line) => {
      const position = { file: "chat.yaml", line, column: 1 };
      return { gate: parseGate(text, names), line, position, abort: null };
    });
    const { workloads } = resultInput().plan.scenario;
    const timed = workloads.map((one) => ({ ...one, timeoutNs: 1e9, durationNs: null }));
    this.#rollUp = rolls ? new RunRollUp(this.#gates, timed) : null;
  }

  play(seconds: number, story: (second: number) => Second): this {
    for (let at = 0; at < seconds; at++) {
      const second = Math.round((this.#nowNs - steadyAt) / 1e9);
      if (second === 0) this.accumulator.begin(steadyAt);
      const { isDisturbed = false, ...one } = story(second);
      const fromNs = this.#nowNs;
      const toNs = fromNs + 1e9;
      this.#nowNs = toNs;
      const snapshot = snapshotOf(second, fromNs, toNs, one, isDisturbed);
      if (isDisturbed) {
        this.#disturbances.paused([{ worker: 0, fromNs, toNs: fromNs + 4e8, cause: "stopped" }]);
      }
      this.accumulator.add(snapshot);
      this.#undisturbed.add(snapshot);
      const before = this.accumulator.intervals.length;
      this.#rollUp?.look(toNs, startNs, () => this.#input, {
        rollUp: (nowNs, neededNs) => {
          this.accumulator.rollUp(nowNs, Math.max(0, Math.ceil((nowNs - neededNs) / 1e9) - 600));
          const end = Math.floor((neededNs - steadyAt) / 1e9);
          if (end > 0) this.#undisturbed.rollUp(steadyAt, end);
        },
      });
      if (this.accumulator.intervals.length < before) this.looks++;
    }
    return this;
  }

  get #input(): ResultInput {
    return {
      ...resultInput({ run: { disturbances: this.#disturbances }, workloads: [] }),
      gates: this.#gates.map((gate, index) => {
        const judged = this.#rollUp?.judged[index];
        return { ...gate, ...(judged === undefined ? {} : { judged }) };
      }),
      workloads: [
        {
          ...ofAnyWorkload,
          accumulator: this.accumulator,
          undisturbed: this.#undisturbed,
          times: {
            openNs: startNs,
            connectedNs: startNs + 1e9,
            steadyNs: steadyAt < this.#nowNs ? steadyAt : null,
            endNs: steadyAt < this.#nowNs ? this.#nowNs : null,
          },
        },
      ],
    };
  }

  get judged() {
    return this.#rollUp?.judged;
  }

  /** The result without its timeline, and that. */
  end(): { readonly workload: Omit<WorkloadResult, "timeline">; readonly gates: unknown[] } & Pick<
    WorkloadResult,
    "timeline"
  > {
    this.#undisturbed.settle();
    const result = buildResult(this.#input);
    const { timeline, ...workload } = result.workloads.chat as WorkloadResult;
    return { workload, timeline, gates: [...result.gates] };
  }
}

const histograms = new Map<string, SparseCounts>();

function histogramOf(ms: readonly number[]): SparseCounts {
  const key = ms.join(" ");
  const counts = histograms.get(key) ?? countsOf(ms.map((one) => one * 1e6));
  histograms.set(key, counts);
  return counts;
}

function snapshotOf(
  second: number,
  fromNs: number,
  toNs: number,
  { ms, timedOut = 0 }: Second,
  isDisturbed: boolean,
): Snapshot {
  const responses = histogramOf(ms);
  const none = timings.map(() => noCounts);
  const timed = none.map((counts, which) =>
    which === timing.responseTime || which === timing.serviceTime ? responses : counts,
  );
  const rows = new Float64Array(5 * counters.length);
  const row = (second < 0 ? 0 : 2) * counters.length;
  for (const name of ["offered", "sent", "received"] as const)
    rows[row + counter[name]] = ms.length;
  rows[row + counter.timedOut] = timedOut;
  const tally = {
    counters: rows,
    errors: [],
    statuses: [],
    steady: second < 0 ? none : timed,
    outside: second < 0 ? timed : none,
  };
  const disturbed = { responseTime: responses, serviceTime: responses, timedOut: 0 };
  return {
    workload: 0,
    worker: 0,
    fromNs,
    toNs,
    open: 10 + (Math.abs(second) % 7),
    openPeak: 20,
    ...tally,
    seconds: [
      { second: second < 0 ? null : second, ...tally, ...(isDisturbed ? { disturbed } : {}) },
    ],
    wrongSources: [],
    openFailures: { byStep: [], examples: [] } as unknown as Snapshot["openFailures"],
    wrongReplies: [],
    slowest: [],
    failing: [],
    anatomy: noAnatomy,
    ...(isDisturbed ? { disturbance: { ns: 4e8, saturated: false } } : {}),
  };
}

/** An hour in which the server pauses now and then, and so does the generator. */
const busyHour = (second: number): Second => ({
  ms: Array.from({ length: 4 }, (_, n) => 1 + ((second * 31 + n * 17) % 97) / 10),
  timedOut: second % 400 === 0 ? 1 : 0,
  isDisturbed: second > 0 && second % 90 === 0,
  ...([700, 701, 2000].includes(second) ? { ms: [80, 90, 3, 120] } : {}),
});

const gates = [
  "chat.responseTime.p99 < 50ms over 5s",
  "chat.exchanges.timedOut == 0 over 10s",
  "total.exchanges.sent > 3 over 1s",
  "chat.responseTime.p99 < 50ms",
];

describe("an hour", () => {
  const whole = new Run(gates, false).play(3630, busyHour).end();
  const run = new Run(gates, true).play(3630, busyHour);
  const rolled = run.end();

  test("gates over windows, and all figures, are those of a run that keeps every second", () => {
    expect(rolled.gates).toEqual(whole.gates);
    expect(rolled.workload).toEqual(whole.workload);
    const verdicts = rolled.gates.map((gate) => (gate as { verdict: string }).verdict);
    expect(verdicts).toEqual(["fail", "fail", "pass", "pass"]);
  });

  test("its timeline has a third of the entries, with the same sums", () => {
    expect(whole.timeline).toHaveLength(3630);
    expect(rolled.timeline.length).toBeLessThan(1520);
    const lengths = rolled.timeline.reduce((sum, { seconds }) => sum + seconds, 0);
    expect(lengths).toBe(3630);
    for (const name of ["sent", "received", "offered", "errors"] as const) {
      const sumOf = (timeline: typeof whole.timeline) =>
        timeline.reduce((sum, entry) => sum + entry[name], 0);
      expect(sumOf(rolled.timeline)).toBe(sumOf(whole.timeline));
    }
    const maxOf = (timeline: typeof whole.timeline) =>
      Math.max(...timeline.map(({ responseTime }) => responseTime.max ?? 0));
    expect(maxOf(rolled.timeline)).toBe(maxOf(whole.timeline));
    expect(rolled.timeline.slice(0, 600)).toEqual(whole.timeline.slice(0, 600));
    expect(rolled.timeline.slice(-600)).toEqual(whole.timeline.slice(-600));
  });
});

test("a run of 20 minutes keeps all of its seconds; windows are judged 2 minutes after they ended", () => {
  const run = new Run(gates.slice(0, 1), true).play(150, busyHour);
  expect(run.judged).toEqual([noWindows]);
  run.play(1049, busyHour);
  expect(run.looks).toBe(0);
  // Its second 1169 has ended; windows have 5 seconds, and the time-out is one of 1 s.
  const next = run.judged?.[0]?.next ?? 0;
  expect(next).toBeGreaterThan(1169 - 5 - 120 - 10);
  expect(next).toBeLessThanOrEqual(1169 - 5 - 120);
});

test("seconds of windows that have not been judged are kept one by one", () => {
  const run = new Run(["chat.responseTime.p99 < 50ms over 10m"], true).play(1500, busyHour);
  const [first, ...others] = run.accumulator.intervals.filter(({ seconds }) => seconds > 1);
  expect(first).toMatchObject({ second: 570, seconds: 10 });
  const last = others.at(-1)?.second ?? 570;
  // Steady state is at its second 1470, and the last window that was judged ended 2 minutes ago.
  expect(last).toBeLessThan(1470 - 120 - 600);
});
