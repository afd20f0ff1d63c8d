import { ReceiveTimes } from "../../../metrics/broadcast/receive-times.ts";
import {
  type CounterName,
  counters,
  overPhases,
  phases,
  type Snapshot,
} from "../../../metrics/snapshot.ts";
import type { RestartClock } from "../../../schedule/restart-times.ts";

/** One workload's figures from the announcement of one restart of its server to that of the next. */
export interface RestartWindow {
  /** Flows that were open when it was announced. */
  readonly old: number;
  /** A counter in that time, over all phases. */
  count(name: CounterName): number;
}

/**
 * Sums a workload's snapshots by the restart that they belong to: workers take one extra when a restart
 * is announced, so that none spans it.
 */
export class RestartWindows {
  /** When anything was received. */
  readonly receiveTimes = new ReceiveTimes();
  readonly #clock: RestartClock;
  /** Sums by restart, as `Snapshot.counters`; from 0. */
  readonly #sums: Float64Array[] = [];
  readonly #old: number[] = [];
  /** By worker: open flows at the end of its latest snapshot, and the restart that this belongs to. */
  readonly #latest = new Map<number, { readonly open: number; readonly index: number }>();

  /** @param clock started when the run's zero is known */
  constructor(clock: RestartClock) {
    this.#clock = clock;
  }

  /** Adds a worker's snapshot; each worker's must arrive in their order. */
  add(snapshot: Snapshot): void {
    const { worker, fromNs, toNs, open, receiveTimes } = snapshot;
    if (receiveTimes !== undefined) this.receiveTimes.add(Math.floor(fromNs / 1e6), receiveTimes);
    const index = this.#clock.indexOf(fromNs, toNs);
    const before = this.#latest.get(worker) ?? { open: 0, index: -1 };
    for (let passed = before.index + 1; passed <= index; passed++) {
      this.#sum(passed);
      this.#old[passed] = (this.#old[passed] as number) + before.open;
    }
    this.#latest.set(worker, { open, index });
    if (index < 0) return;
    const sum = this.#sum(index);
    for (let at = 0; at < sum.length; at++) {
      sum[at] = (sum[at] as number) + (snapshot.counters[at] as number);
    }
  }

  /** Of restart number `index`, from 0; zeros where nothing of it has arrived. */
  window(index: number): RestartWindow {
    const sum = this.#sums[index] ?? new Float64Array(phases.length * counters.length);
    return { old: this.#old[index] ?? 0, count: (name) => overPhases(sum, name) };
  }

  /** When restart number `index` begins and ends, monotonic clock, ns. */
  bounds(index: number): { readonly fromNs: number; readonly toNs: number } {
    return {
      fromNs: this.#clock.announcedAt(index),
      toNs: this.#clock.announcedAt(index + 1),
    };
  }

  /** Restarts that were announced while the workload was measured. */
  get count(): number {
    return this.#sums.length;
  }

  #sum(index: number): Float64Array {
    while (this.#sums.length <= index) {
      this.#sums.push(new Float64Array(phases.length * counters.length));
      this.#old.push(0);
    }
    return this.#sums[index] as Float64Array;
  }
}
