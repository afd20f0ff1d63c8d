import {
  counters,
  overPhases,
  phases,
  type Snapshot,
  type SparseCounts,
  timing,
} from "./snapshot.ts";
import { mergeCounts, noCounts, percentileOf } from "./sparse-counts.ts";

/** What was counted in one second of the run, whatever it belongs to. */
interface LiveSecond {
  readonly sent: number;
  readonly received: number;
  readonly responseTime: SparseCounts;
  /** Length of the snapshots in it, summed over workers. */
  readonly coveredNs: number;
}

/** Figures of the last whole second, for the live views. */
export interface HostLive {
  readonly achievedPerSecond: number;
  readonly receivedPerSecond: number;
  /** Response times, ns; null without samples. */
  readonly p50Ns: number | null;
  readonly p99Ns: number | null;
}

const nothing: HostLive = {
  achievedPerSecond: 0,
  receivedPerSecond: 0,
  p50Ns: null,
  p99Ns: null,
};

const secondNs = 1e9;

/** Seconds that are kept: the one that goes on, and those that `live` may ask for. */
const mostSeconds = 4;

/**
 * What the workers of one host measured of one workload. Only a run whose clients are on several hosts has it, beside the
 * accumulator, which has all of it and more.
 *
 * Memory: that of some histograms, however long the run.
 */
export class HostTotals {
  /** As `Snapshot.counters`. */
  readonly counters = new Float64Array(phases.length * counters.length);
  /** In all phases. */
  errors = 0;
  /** How late the first of its workers began; null: none has said it. */
  beganLateNs: number | null = null;
  readonly #responseTime = new ManyCounts();
  readonly #generatorLag = new ManyCounts();
  readonly #startNs: number;
  readonly #openByWorker = new Map<number, { open: number; toNs: number }>();
  readonly #live = new Map<number, LiveSecond>();

  /** @param startNs the run's start, monotonic clock */
  constructor(startNs: number) {
    this.#startNs = startNs;
  }

  /** Adds a snapshot of one of its workers. @cost that of merging a histogram of a second, for the live views */
  add(snapshot: Snapshot): void {
    const { worker, open, toNs, steady } = snapshot;
    this.#responseTime.add(steady[timing.responseTime] ?? noCounts);
    this.#generatorLag.add(steady[timing.generatorLag] ?? noCounts);
    for (const [at, count] of snapshot.counters.entries()) {
      this.counters[at] = (this.counters[at] as number) + count;
    }
    for (const { count } of snapshot.errors) this.errors += count;
    this.#setOpen(worker, open, toNs);
    this.#addLive(snapshot);
  }

  /** One of its workers began so late with the workload. */
  began(lateNs: number): void {
    this.beganLateNs = Math.min(this.beganLateNs ?? Number.POSITIVE_INFINITY, lateNs);
  }

  /** One of its workers has exited: its connections are no longer open. */
  workerExited(worker: number): void {
    if (this.#openByWorker.has(worker)) this.#setOpen(worker, 0, Number.POSITIVE_INFINITY);
  }

  /** Of steady state. */
  get responseTime(): SparseCounts {
    return this.#responseTime.sum;
  }

  /** Of steady state. */
  get generatorLag(): SparseCounts {
    return this.#generatorLag.sum;
  }

  /** Open connections as of the latest snapshots. */
  get open(): number {
    return [...this.#openByWorker.values()].reduce((sum, { open }) => sum + open, 0);
  }

  /**
   * Returns the figures of the last second that has ended, or of the one before until a snapshot of it has arrived.
   *
   * @param nowNs monotonic clock
   */
  live(nowNs: number): HostLive {
    const ended = this.#secondOf(nowNs) - 1;
    const second = this.#live.get(ended) ?? this.#live.get(ended - 1);
    if (second === undefined || second.coveredNs <= 0) return nothing;
    const seconds = second.coveredNs / this.#openByWorker.size / secondNs;
    return {
      achievedPerSecond: second.sent / seconds,
      receivedPerSecond: second.received / seconds,
      p50Ns: percentileOf(second.responseTime, 50),
      p99Ns: percentileOf(second.responseTime, 99),
    };
  }

  #secondOf(ns: number): number {
    return Math.max(0, Math.floor((ns - this.#startNs) / secondNs));
  }

  #setOpen(worker: number, open: number, toNs: number): void {
    const known = this.#openByWorker.get(worker);
    if (known === undefined || known.toNs <= toNs) this.#openByWorker.set(worker, { open, toNs });
  }

  #addLive({ fromNs, toNs, counters, steady, outside }: Snapshot): void {
    const at = this.#secondOf((fromNs + toNs) / 2);
    const latest = Math.max(at, ...this.#live.keys());
    if (at <= latest - mostSeconds) return;
    const known = this.#live.get(at);
    const which = timing.responseTime;
    this.#live.set(at, {
      sent: (known?.sent ?? 0) + overPhases(counters, "sent"),
      received: (known?.received ?? 0) + overPhases(counters, "received"),
      responseTime: mergeCounts([
        known?.responseTime ?? noCounts,
        steady[which] ?? noCounts,
        outside[which] ?? noCounts,
      ]),
      coveredNs: (known?.coveredNs ?? 0) + toNs - fromNs,
    });
    for (const second of this.#live.keys()) {
      if (second <= latest - mostSeconds) this.#live.delete(second);
    }
  }
}

/** Merged so many at once, or when they are asked for: each time makes the sum anew, which is that of a whole run. */
const mostUnmerged = 32;

class ManyCounts {
  #merged = noCounts;
  #unmerged: SparseCounts[] = [];

  add(counts: SparseCounts): void {
    if (counts.count === 0) return;
    this.#unmerged.push(counts);
    if (this.#unmerged.length >= mostUnmerged) this.#merge();
  }

  get sum(): SparseCounts {
    this.#merge();
    return this.#merged;
  }

  #merge(): void {
    if (this.#unmerged.length === 0) return;
    this.#merged = mergeCounts([this.#merged, ...this.#unmerged]);
    this.#unmerged = [];
  }
}
