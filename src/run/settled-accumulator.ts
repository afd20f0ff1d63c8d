import { WorkloadAccumulator } from "../metrics/accumulator.ts";
import { settledNs } from "../metrics/disturbance/undisturbed.ts";
import type { Snapshot } from "../metrics/snapshot.ts";

/**
 * What was measured of a workload until a few seconds ago: all that may have disturbed it is known, and `Undisturbed`,
 * which waits as long, has judged it.
 */
export class SettledAccumulator {
  readonly accumulator: WorkloadAccumulator;
  /** Until when each worker's snapshots are in it, monotonic clock. */
  readonly #untilNs = new Map<number, number>();
  readonly #exited = new Set<number>();
  #waiting: Snapshot[] = [];

  constructor(workload: number, startNs: number, parts = 0) {
    this.accumulator = new WorkloadAccumulator(workload, startNs, parts);
  }

  add(snapshot: Snapshot): void {
    const { worker } = snapshot;
    if (!this.#untilNs.has(worker)) this.#untilNs.set(worker, Number.NEGATIVE_INFINITY);
    this.#waiting.push(snapshot);
    const endNs = snapshot.toNs - settledNs;
    if (this.#waiting.every(({ toNs }) => toNs > endNs)) return;
    for (const waiting of this.#waiting) {
      if (waiting.toNs > endNs) continue;
      this.accumulator.add(waiting);
      const knownNs = this.#untilNs.get(waiting.worker) ?? Number.NEGATIVE_INFINITY;
      this.#untilNs.set(waiting.worker, Math.max(knownNs, waiting.toNs));
    }
    this.#waiting = this.#waiting.filter(({ toNs }) => toNs > endNs);
  }

  /** As `WorkloadAccumulator.rollUp`. */
  rollUp(nowNs: number, later: number): void {
    this.accumulator.rollUp(nowNs, later);
  }

  workerExited(worker: number): void {
    this.#exited.add(worker);
    this.accumulator.workerExited(worker);
  }

  /** Until when the snapshots of all workers are in it, monotonic clock; -Infinity: of none, or not of all. */
  get untilNs(): number {
    const known = [...this.#untilNs].filter(([worker]) => !this.#exited.has(worker));
    return known.length === 0
      ? Number.NEGATIVE_INFINITY
      : Math.min(...known.map(([, untilNs]) => untilNs));
  }
}
