import type { ToAgent } from "../agent/protocol.ts";
import type { Plan, WorkloadPlan } from "../plan/plan-types.ts";
import { isEndless } from "../scenario/patterns.ts";
import { restartTimesOf } from "../scenario/restart-times-of.ts";
import type { Workload } from "../scenario/scenario.ts";
import type { RunState } from "./progress.ts";

/** Between sending workers a time and that time: every agent must have received it by then. */
const noticeNs = 100e6;

/** The phases of one workload; times on the monotonic clock, null until they are known. */
export interface WorkloadClock {
  readonly name: string;
  openNs: number | null;
  connectedNs: number | null;
  beginNs: number | null;
  steadyNs: number | null;
  endNs: number | null;
  done: boolean;
}

interface Entry extends WorkloadClock {
  readonly workload: Workload;
  readonly plan: WorkloadPlan;
  /** Whether its server is restarted during the run. */
  readonly isRestarted: boolean;
  /** Workers whose `connected` or `finished` has not arrived yet. */
  readonly connecting: Set<number>;
  readonly running: Set<number>;
}

/**
 * When each workload does what: the start barrier.
 *
 * Workloads with `startTime: 0` open their connections at once and begin together when all of them
 * are connected: that moment is the run's zero. Any other workload opens its connections `startTime`
 * after zero and begins when it is connected. A workload without an end is ended when all others are
 * done.
 *
 * Pure: it is given the events and their times, and returns the messages to send.
 */
export class RunClock {
  readonly #entries: readonly Entry[];
  readonly #send: (message: ToAgent) => void;
  #zeroNs: number | null = null;
  #ended = false;

  constructor(plan: Plan, send: (message: ToAgent) => void) {
    this.#send = send;
    this.#entries = plan.workloads.map((workloadPlan) => {
      const workload = plan.scenario.workloads[workloadPlan.index] as Workload;
      const workers = workloadPlan.portions.map(({ worker }) => worker);
      return {
        name: workload.name,
        workload,
        plan: workloadPlan,
        isRestarted: restartTimesOf(plan.scenario, workload) !== null,
        connecting: new Set(workers),
        running: new Set(workers),
        openNs: null,
        connectedNs: null,
        beginNs: null,
        steadyNs: null,
        endNs: null,
        done: false,
      };
    });
  }

  /** When the first workloads began or will begin; null while that is not known. */
  get zeroNs(): number | null {
    return this.#zeroNs;
  }

  get workloads(): readonly WorkloadClock[] {
    return this.#entries;
  }

  /** Whether every workload is done on every worker. */
  get done(): boolean {
    return this.#entries.every(({ done }) => done);
  }

  /** Begins the run: opens the connections of the first workloads. */
  start(nowNs: number): void {
    const first = this.#entries.filter(({ workload }) => workload.startTimeNs === 0);
    for (const entry of first) this.#open(entry, nowNs + noticeNs);
    if (first.length === 0) this.#setZero(nowNs);
  }

  connected(worker: number, index: number, nowNs: number): void {
    const entry = this.#entries[index];
    if (entry === undefined || !entry.connecting.delete(worker)) return;
    this.#advance(entry, nowNs);
  }

  finished(worker: number, index: number, steadyNs: number, endNs: number): void {
    const entry = this.#entries[index];
    if (entry === undefined) return;
    if (Number.isFinite(steadyNs)) entry.steadyNs = steadyNs;
    // Workers of a closed model finish when their portion is done: the last one to finish ends the workload.
    if (Number.isFinite(endNs)) {
      const soFar = entry.running.size === entry.plan.portions.length ? null : entry.endNs;
      entry.endNs = Math.max(soFar ?? endNs, endNs);
    }
    this.#finish(entry, worker, endNs);
  }

  /** A worker sends no more reports: nothing waits for it any longer. */
  exited(worker: number, nowNs: number): void {
    for (const entry of this.#entries) {
      if (entry.connecting.delete(worker)) this.#advance(entry, nowNs);
      this.#finish(entry, worker, nowNs);
    }
  }

  /** Ends every workload now; those that have not begun do nothing. */
  end(nowNs: number): void {
    this.#ended = true;
    for (const { plan, done } of this.#entries) {
      if (!done) this.#send({ type: "schedule", workload: plan.index, endAtNs: nowNs });
    }
  }

  /** When the last workload's steady state is planned to end; null while that is not known. */
  plannedEndNs(): number | null {
    let latestNs = 0;
    for (const { workload, endNs, beginNs, done } of this.#entries) {
      if (isEndless(workload)) continue;
      const plannedNs =
        endNs ??
        (beginNs === null || workload.durationNs === null
          ? null
          : beginNs + workload.warmUpNs + workload.durationNs);
      if (plannedNs === null && !done) return null;
      latestNs = Math.max(latestNs, plannedNs ?? 0);
    }
    return latestNs;
  }

  /** Phase of one workload. */
  stateOf(index: number, nowNs: number): RunState | "waiting" | "done" {
    const entry = this.#entries[index];
    if (entry === undefined || entry.done) return "done";
    if (entry.openNs === null || nowNs < entry.openNs) return "waiting";
    if (entry.beginNs === null || nowNs < entry.beginNs) return "connecting";
    const steadyNs = entry.beginNs + entry.workload.warmUpNs;
    if (nowNs < steadyNs) return "warming up";
    const { durationNs } = entry.workload;
    return durationNs !== null && nowNs >= steadyNs + durationNs ? "draining" : "steady";
  }

  #open(entry: Entry, openAtNs: number): void {
    entry.openNs = openAtNs;
    this.#send({ type: "schedule", workload: entry.plan.index, openAtNs });
  }

  #advance(entry: Entry, nowNs: number): void {
    if (entry.connecting.size > 0 || this.#ended) return;
    entry.connectedNs = nowNs;
    if (this.#zeroNs !== null) {
      this.#begin(entry, nowNs + noticeNs);
      return;
    }
    const first = this.#entries.filter(({ workload }) => workload.startTimeNs === 0);
    if (first.some(({ connecting }) => connecting.size > 0)) return;
    const zeroNs = nowNs + noticeNs;
    for (const one of first) this.#begin(one, zeroNs);
    this.#setZero(zeroNs);
  }

  #setZero(zeroNs: number): void {
    this.#zeroNs = zeroNs;
    for (const entry of this.#entries) {
      if (entry.isRestarted) {
        this.#send({ type: "schedule", workload: entry.plan.index, zeroNs });
      }
      if (entry.workload.startTimeNs > 0) this.#open(entry, zeroNs + entry.workload.startTimeNs);
    }
  }

  #begin(entry: Entry, beginAtNs: number): void {
    entry.beginNs = beginAtNs;
    entry.steadyNs = beginAtNs + entry.workload.warmUpNs;
    this.#send({ type: "schedule", workload: entry.plan.index, beginAtNs });
  }

  #finish(entry: Entry, worker: number, nowNs: number): void {
    if (!entry.running.delete(worker) || entry.running.size > 0) return;
    entry.done = true;
    const left = this.#entries.filter(({ done }) => !done);
    const endless = left.every(({ workload }) => isEndless(workload));
    if (left.length > 0 && endless && !this.#ended) {
      for (const { plan } of left) {
        this.#send({ type: "schedule", workload: plan.index, endAtNs: nowNs });
      }
    }
  }
}
