/** Bounds what a long run keeps: old seconds are put together, once the windows of gates that they are in are judged. */
import { type JudgedWindows, noWindows, worstWindow } from "../gates/evaluate.ts";
import { metricsOf } from "../gates/gate.ts";
import { type ResultInput, workloadData } from "../results/build/input.ts";
import { metricView, type SecondsView } from "../results/build/metric-view.ts";
import { fewestSamples } from "../results/build/percentiles-of.ts";
import type { Workload } from "../scenario/scenario.ts";
import type { PlacedGate } from "./check-scenario.ts";
import { countedByTarget } from "./gate-data.ts";

/** How often it looks. */
const everyNs = 4e9;

/** How often it puts together what is old. */
const rolledEveryNs = 10e9;

/**
 * So long after its end, and the time-outs of what is in it, a window is judged: what workers report of it late has come.
 * What disturbed its seconds is not kept by the second any longer.
 */
const judgedAfterNs = 120e9;

/** Windows of a gate that are judged at once at most, so that a look takes little time; there are 4 new ones. */
const mostAtOnce = 16;

/** Begins of workloads are rounded to seconds of each other. */
const slackSeconds = 2;

/** What puts together, as `Measurements` does. */
interface Rolled {
  rollUp(nowNs: number, neededNs: number): void;
}

/** Judges windows and puts seconds together while a run goes on. */
export class RunRollUp {
  /** By gate. */
  readonly judged: JudgedWindows[];
  readonly #gates: readonly PlacedGate[];
  readonly #timeoutSeconds: number;
  readonly #isKnown: readonly boolean[];
  #lookedNs = Number.NEGATIVE_INFINITY;
  #rolledNs = Number.NEGATIVE_INFINITY;

  constructor(gates: readonly PlacedGate[], workloads: readonly Workload[]) {
    const byName = new Map(workloads.map((workload) => [workload.name, workload]));
    this.#gates = gates;
    this.#timeoutSeconds = Math.ceil(Math.max(0, ...workloads.map((one) => one.timeoutNs)) / 1e9);
    this.#isKnown = gates.map(({ gate }) => countedByTarget(gate, byName) === null);
    this.judged = gates.map(() => noWindows);
  }

  /**
   * @param startNs  the run's start, monotonic clock
   * @param inputOf  the run as a result would have it now
   * @param neededNs from when on others need seconds one by one
   */
  look(
    nowNs: number,
    startNs: number,
    inputOf: () => ResultInput,
    measurements: Rolled,
    neededNs = Number.POSITIVE_INFINITY,
  ): void {
    if (nowNs - this.#lookedNs < everyNs) return;
    this.#lookedNs = nowNs;
    const settledNs = nowNs - judgedAfterNs - this.#timeoutSeconds * 1e9;
    if (settledNs < startNs) return;
    const firstNs = Math.min(neededNs, settledNs, this.#judge(inputOf, settledNs));
    if (nowNs - this.#rolledNs < rolledEveryNs) return;
    this.#rolledNs = nowNs;
    measurements.rollUp(nowNs, firstNs - slackSeconds * 1e9);
  }

  /** Judges the next windows that ended before a moment. @returns when the first that is left begins */
  #judge(inputOf: () => ResultInput, untilNs: number): number {
    if (this.#gates.every(({ gate }) => gate.windowNs === null)) return Number.POSITIVE_INFINITY;
    const input = inputOf();
    const view = metricView(workloadData(input), input.servers, input.run.disturbances);
    const firsts = this.#gates.map((_, index) => this.#judgeGate(index, view, untilNs));
    return Math.min(...firsts);
  }

  #judgeGate(index: number, view: SecondsView, untilNs: number): number {
    const [placed, judged] = [this.#gates[index], this.judged[index]];
    if (placed === undefined || judged === undefined) return Number.POSITIVE_INFINITY;
    const { gate } = placed;
    const metrics = metricsOf(gate);
    const fromNs = view.fromNs(metrics);
    if (gate.windowNs === null || fromNs === null) return Number.POSITIVE_INFINITY;
    const length = Math.round(gate.windowNs / 1e9);
    const seconds = Math.min(view.seconds(metrics), Math.floor((untilNs - fromNs) / 1e9));
    const end = Math.min(seconds - length + 1, judged.next + mostAtOnce);
    let { next, worst, fewest } = judged;
    for (; this.#isKnown[index] === true && next < end; next++) {
      const windows = [view.window(next, length, metrics)];
      worst = worstWindow(gate, windows, [], worst);
      fewest = fewestSamples(gate, windows, fewest);
    }
    this.judged[index] = { next, worst, fewest };
    return fromNs + next * 1e9;
  }
}
