/** Gates that end the run early: judged four times a second, on what the workers have reported so far. */
import { type AbortRule, isBroken, isBySeconds } from "../gates/abort.ts";
import { evaluateGate, type GateResult, type MetricView } from "../gates/evaluate.ts";
import { type Gate, metricsOf } from "../gates/gate.ts";
import type { ResultInput, WorkloadMeasured } from "../results/build/input.ts";
import { workloadData } from "../results/build/input.ts";
import { metricView, type SecondsView } from "../results/build/metric-view.ts";
import type { PlacedGate } from "./check-scenario.ts";
import type { SettledAccumulator } from "./settled-accumulator.ts";

/** How often gates are judged; what needs whole seconds as often as there is a new one. */
const judgeEveryNs = 250e6;

/** A gate that ended the run, by its index. */
export interface EarlyEnd {
  readonly gate: number;
  /** What it was judged by. */
  readonly result: GateResult;
  /** Monotonic clock. */
  readonly atNs: number;
}

interface Watched {
  readonly index: number;
  readonly gate: Gate;
  readonly rule: AbortRule;
  /** Windows: the first that has not been judged. So far: seconds that were judged last. */
  judged: number;
  /** Windows: when that begins, monotonic clock. */
  neededNs: number;
  /** Windows: the first that failed, which may have been before it may end the run. */
  found: GateResult | null;
}

/** Looks for the first gate with `abort` that is broken. */
export class EarlyEnds {
  readonly #watched: readonly Watched[];
  #judgedNs = Number.NEGATIVE_INFINITY;

  constructor(gates: readonly PlacedGate[]) {
    this.#watched = gates.flatMap(({ gate, abort }, index) =>
      abort === null ? [] : [{ index, gate, rule: abort, judged: 0, ...nothingFound }],
    );
  }

  /** Whether there is anything to look for. */
  get some(): boolean {
    return this.#watched.length > 0;
  }

  /** From when on windows that have not been judged need seconds one by one, monotonic clock. */
  get neededNs(): number {
    return Math.min(...this.#watched.map(({ neededNs }) => neededNs));
  }

  /**
   * @param inputOf  the run as a result would have it now
   * @param settled  by workload, what is old enough for disturbance to be known
   * @param zeroNs   when the first workloads began; null: not yet
   * @returns        null where no gate is broken, or it was looked for less than a quarter second ago
   */
  look(
    nowNs: number,
    inputOf: () => ResultInput,
    settled: readonly SettledAccumulator[],
    zeroNs: number | null,
  ): EarlyEnd | null {
    if (!this.some || nowNs - this.#judgedNs < judgeEveryNs) return null;
    this.#judgedNs = nowNs;
    const input = inputOf();
    const latest = new Judged(input, nowNs, zeroNs);
    const old = new Judged(settledInput(input, settled), nowNs, zeroNs);
    for (const watched of this.#watched) {
      const isWaiting = watched.rule.isDisturbable || watched.rule.by !== "bound";
      const result = judge(watched, isWaiting ? old : latest);
      if (result !== null) return { gate: watched.index, result, atNs: nowNs };
    }
    return null;
  }
}

const nothingFound = { neededNs: Number.POSITIVE_INFINITY, found: null };

/** A run so far. */
class Judged {
  readonly input: ResultInput;
  readonly nowNs: number;
  readonly zeroNs: number | null;
  readonly #workloads;
  #view: SecondsView | null = null;

  constructor(input: ResultInput, nowNs: number, zeroNs: number | null) {
    this.input = input;
    this.nowNs = nowNs;
    this.zeroNs = zeroNs;
    this.#workloads = workloadData(input);
  }

  get view(): SecondsView {
    const { servers, run } = this.input;
    this.#view ??= metricView(this.#workloads, servers, run.disturbances);
    return this.#view;
  }

  /** Length of steady state that was measured of all of a gate's workloads; of `total`, of one of them. */
  measuredNs(gate: Gate): number {
    const lengths = metricsOf(gate).map((ref) => {
      if (ref.of === "server") return this.zeroNs === null ? 0 : this.nowNs - this.zeroNs;
      const chosen = this.#workloads.filter(
        ({ plan }) => ref.workload === null || plan.name === ref.workload,
      );
      return Math.max(0, ...chosen.map(({ times }) => (times.endNs ?? 0) - (times.steadyNs ?? 0)));
    });
    return Math.min(...lengths);
  }

  /** The longest time-out of a gate's workloads. */
  timeoutNs(gate: Gate): number {
    const names = new Set(metricsOf(gate).map((ref) => (ref.of === "server" ? "" : ref.workload)));
    const chosen = this.#workloads.filter(({ plan }) => names.has(null) || names.has(plan.name));
    return Math.max(0, ...chosen.map(({ workload }) => workload.timeoutNs));
  }
}

/** @returns what a gate that is broken was judged by; null where it is not, or not yet */
function judge(watched: Watched, run: Judged): GateResult | null {
  const { gate, rule } = watched;
  // Seconds are not kept one by one for as long as a gate may have to wait.
  if (rule.by === "windows") watched.found ??= judgeWindows(watched, run);
  if (run.measuredNs(gate) < rule.afterNs) return null;
  if (rule.by === "windows") return watched.found;
  if (!isBySeconds(gate, rule)) return brokenBy(watched, run.view);
  const metrics = metricsOf(gate);
  const seconds = run.view.seconds(metrics) - Math.ceil(run.timeoutNs(gate) / 1e9);
  if (seconds <= watched.judged || seconds < Math.ceil(rule.afterNs / 1e9)) return null;
  watched.judged = seconds;
  return brokenBy(watched, { ...run.view.window(0, seconds, metrics), windows: () => [] });
}

function judgeWindows(watched: Watched, run: Judged): GateResult | null {
  const { gate, rule } = watched;
  const metrics = metricsOf(gate);
  const length = Math.round((gate.windowNs ?? 0) / 1e9);
  const wait = rule.awaitsReplies ? Math.ceil(run.timeoutNs(gate) / 1e9) : 0;
  const end = run.view.seconds(metrics) - wait;
  let found: GateResult | null = null;
  for (; found === null && watched.judged + length <= end; watched.judged++) {
    const window = run.view.window(watched.judged, length, metrics);
    found = brokenBy(watched, { ...window, windows: () => [window] });
  }
  const fromNs = run.view.fromNs(metrics);
  if (fromNs !== null) watched.neededNs = fromNs + watched.judged * 1e9;
  if (found !== null) watched.neededNs = Number.POSITIVE_INFINITY;
  return found;
}

function brokenBy({ gate, rule }: Watched, view: MetricView): GateResult | null {
  const result = evaluateGate(gate, view);
  return isBroken(gate, rule, result) ? result : null;
}

function settledInput(input: ResultInput, settled: readonly SettledAccumulator[]): ResultInput {
  const workloads = input.workloads.map((measured, index): WorkloadMeasured => {
    const known = settled[index];
    if (known === undefined) return measured;
    const { steadyNs, endNs } = measured.times;
    const untilNs = Math.min(endNs ?? Number.NEGATIVE_INFINITY, known.untilNs);
    const reached = steadyNs !== null && untilNs > steadyNs;
    return {
      ...measured,
      accumulator: known.accumulator,
      times: {
        ...measured.times,
        steadyNs: reached ? steadyNs : null,
        endNs: reached ? untilNs : null,
      },
    };
  });
  return { ...input, workloads };
}
