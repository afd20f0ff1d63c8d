import { mergeSnapshots, severalWorkers } from "./merge.ts";
import {
  type CounterName,
  counters,
  overPhases,
  phases,
  type Snapshot,
  timing,
  timings,
} from "./snapshot.ts";
import { mergeCounts, noCounts, percentileOf } from "./sparse-counts.ts";

/** One interval of the timeline, with the measurements of all workers. */
export interface Interval {
  /** Start, ns since the run's start; its length is the accumulator's `intervalNs`. */
  readonly atNs: number;
  /** Sum of the snapshots whose middle lies in the interval; its own `open` is meaningless. */
  readonly sum: Snapshot;
  /** Length of those snapshots, summed over workers: the divisor of a rate. */
  readonly coveredNs: number;
  /** Open connections of all workers after the last of those snapshots, and the most at once. */
  readonly open: number;
  readonly openPeak: number;
}

/** Figures of a workload in one whole second, for the live views. */
export interface LiveFigures {
  /** Returns a counter's events per second, over all phases. */
  perSecond(name: CounterName): number;
  /** Response times, ns; null without samples. */
  readonly p50Ns: number | null;
  readonly p99Ns: number | null;
  readonly maxNs: number | null;
}

/**
 * All measurements of one workload, over all workers: the sum, and a timeline of sums by whole
 * seconds since the run's start. The coordinator adds every snapshot, in any order.
 *
 * Memory: the timeline keeps 12 bytes per non-empty bucket and second, 10 to 60 KB a second.
 */
export class WorkloadAccumulator {
  /** The run's start, monotonic clock. */
  readonly startNs: number;
  readonly intervalNs: number;
  readonly #workload: number;
  #total: Snapshot;
  readonly #intervals: Interval[] = [];
  /** Open connections of each worker as of its latest snapshot. */
  readonly #openByWorker = new Map<number, { open: number; toNs: number }>();
  /** An interval that receives another snapshot is replaced by a new object, so no entry is ever stale. */
  readonly #figures = new WeakMap<Interval, LiveFigures>();
  #open = 0;
  #openPeak = 0;

  /**
   * @param workload   index in the plan
   * @param startNs    the run's start, monotonic clock
   * @param intervalNs of the timeline; gates with `over` need whole numbers of it
   */
  constructor(workload: number, startNs: number, intervalNs = 1e9) {
    this.#workload = workload;
    this.startNs = startNs;
    this.intervalNs = intervalNs;
    this.#total = emptySnapshot(workload);
  }

  /** Adds a worker's snapshot. @cost that of merging it twice, 10 to 100 us */
  add(snapshot: Snapshot): void {
    const others = this.#open - (this.#openByWorker.get(snapshot.worker)?.open ?? 0);
    this.#openPeak = Math.max(this.#openPeak, others + snapshot.openPeak);
    this.#setOpen(snapshot.worker, snapshot.open, snapshot.toNs);
    this.#total = mergeSnapshots(this.#total, snapshot);
    const middleNs = (snapshot.fromNs + snapshot.toNs) / 2 - this.startNs;
    const index = Math.max(0, Math.floor(middleNs / this.intervalNs));
    while (this.#intervals.length <= index) {
      const atNs = this.#intervals.length * this.intervalNs;
      const open = this.#intervals.at(-1)?.open ?? 0;
      const sum = emptySnapshot(this.#workload);
      this.#intervals.push({ atNs, sum, coveredNs: 0, open, openPeak: open });
    }
    const interval = this.#intervals[index] as Interval;
    this.#intervals[index] = {
      atNs: interval.atNs,
      sum: mergeSnapshots(interval.sum, snapshot),
      coveredNs: interval.coveredNs + snapshot.toNs - snapshot.fromNs,
      open: this.#open,
      openPeak: Math.max(interval.openPeak, others + snapshot.openPeak),
    };
  }

  /** Records that a worker has exited: its connections are no longer open. Its measurements stay. */
  workerExited(worker: number): void {
    this.#setOpen(worker, 0, Number.POSITIVE_INFINITY);
  }

  /**
   * Sum of everything. `open` and `openPeak` are of all workers at once: the peak is that of the sum of each
   * worker's latest number, with a worker's own peak during its interval taken into account.
   */
  get total(): Snapshot {
    return { ...this.#total, worker: severalWorkers, open: this.#open, openPeak: this.#openPeak };
  }

  /** The timeline from the run's start, without gaps. */
  get intervals(): readonly Interval[] {
    return this.#intervals;
  }

  /** Workers that have reported; with `coveredNs` it gives the time that an interval's counts cover. */
  get workers(): number {
    return this.#openByWorker.size;
  }

  /** Returns a counter since the start, over all phases. */
  count(name: CounterName): number {
    return overPhases(this.#total.counters, name);
  }

  /** Errors since the start, over all codes, sides and phases. */
  get errors(): number {
    return this.#total.errors.reduce((sum, error) => sum + error.count, 0);
  }

  /**
   * Returns the figures of the last interval that has ended, or of the previous one until a snapshot of it has
   * arrived.
   *
   * @param nowNs monotonic clock
   */
  live(nowNs: number): LiveFigures {
    const last = this.#lastReceived(nowNs);
    return last === null ? nothing : this.#figuresOf(this.#intervals[last] as Interval);
  }

  /**
   * Returns the figures of the last intervals, oldest first; the last one is that of `live`.
   *
   * @param nowNs monotonic clock
   * @param most  how many at most
   * @cost        some 10 us for each interval that has changed since the last call, almost nothing for others
   */
  recent(nowNs: number, most: number): LiveFigures[] {
    const last = this.#lastReceived(nowNs);
    if (last === null) return [];
    return this.#intervals
      .slice(Math.max(0, last + 1 - most), last + 1)
      .map((interval) => this.#figuresOf(interval));
  }

  /** Returns the index of the last ended interval with a snapshot, or of the one before; null if neither has one. */
  #lastReceived(nowNs: number): number | null {
    const ended = Math.floor((nowNs - this.startNs) / this.intervalNs) - 1;
    for (const index of [ended, ended - 1]) {
      if ((this.#intervals[index]?.coveredNs ?? 0) > 0) return index;
    }
    return null;
  }

  #figuresOf(interval: Interval): LiveFigures {
    const known = this.#figures.get(interval);
    if (known !== undefined) return known;
    if (interval.coveredNs === 0) return nothing;
    const { steady, outside } = interval.sum;
    const at = timing.responseTime;
    const counts = mergeCounts([steady[at] ?? noCounts, outside[at] ?? noCounts]);
    const seconds = interval.coveredNs / this.workers / 1e9;
    const figures: LiveFigures = {
      perSecond: (name) => overPhases(interval.sum.counters, name) / seconds,
      p50Ns: percentileOf(counts, 50),
      p99Ns: percentileOf(counts, 99),
      maxNs: counts.count === 0 ? null : counts.max,
    };
    this.#figures.set(interval, figures);
    return figures;
  }

  #setOpen(worker: number, open: number, toNs: number): void {
    const before = this.#openByWorker.get(worker);
    if (before !== undefined && before.toNs > toNs) return;
    this.#openByWorker.set(worker, { open, toNs });
    this.#open += open - (before?.open ?? 0);
    this.#openPeak = Math.max(this.#openPeak, this.#open);
  }
}

const nothing: LiveFigures = { perSecond: () => 0, p50Ns: null, p99Ns: null, maxNs: null };

function emptySnapshot(workload: number): Snapshot {
  return {
    workload,
    worker: severalWorkers,
    fromNs: Number.POSITIVE_INFINITY,
    toNs: Number.NEGATIVE_INFINITY,
    open: 0,
    openPeak: 0,
    counters: new Float64Array(phases.length * counters.length),
    errors: [],
    statuses: [],
    wrongSources: [],
    slowest: [],
    failing: [],
    steady: timings.map(() => noCounts),
    outside: timings.map(() => noCounts),
  };
}
