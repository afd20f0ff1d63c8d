import { assert } from "../base/assert.ts";
import { noAnatomy } from "./anatomy.ts";
import { mergeSnapshots, mergeTallies, severalWorkers } from "./merge.ts";
import { noOpenFailures } from "./open-failures.ts";
import {
  type CounterName,
  counters,
  overPhases,
  phases,
  type Snapshot,
  type SparseCounts,
  type Tally,
  timing,
  timings,
} from "./snapshot.ts";
import { mergeCounts, noCounts, percentileOf } from "./sparse-counts.ts";
import { packTally } from "./timeline/packed-tally.ts";
import { rollUp, type Slice } from "./timeline/roll-up.ts";

/**
 * One second of the timeline, or several together, with the measurements of all workers. Seconds are counted from the
 * beginning of steady state.
 */
export interface Interval extends Slice {
  /** Start, ns since the run's start; the first interval may be shorter than the others. */
  readonly atNs: number;
  /** What belongs to its seconds: exchanges by their intended time, all else by when it happened. */
  readonly sum: Tally;
  /** Open connections of all workers at its end, and the most at once, by snapshots whose middle lies in it. */
  readonly open: number;
  readonly openPeak: number;
}

/** What was counted in a second, whatever it belongs to: for the live views. */
interface LiveSecond {
  readonly sum: Tally;
  /** Length of the snapshots in it, summed over workers: the divisor of a rate. */
  readonly coveredNs: number;
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

/** Open connections of all workers after a snapshot, and the most at once during it. */
type Gauges = Pick<Interval, "open" | "openPeak">;

/** What was counted in a quarter of a second before the beginning of steady state was known. */
interface Early extends Gauges {
  readonly middleNs: number;
  readonly sum: Tally;
}

/** Seconds that live views show, at most. */
const mostLive = 64;

const quarterNs = 250e6;

/**
 * Histograms of the whole run are merged so many snapshots at once, or when they are asked for: each time makes them anew, of
 * some 100 KB for each workload.
 */
const mostUnmerged = 32;

/** After so many more of them an interval is packed: little comes late of it. */
const packedAfter = 15;

/**
 * All measurements of one workload, over all workers: the sum, and a timeline by the second. The coordinator
 * adds every snapshot, in any order.
 *
 * Seconds of the timeline count from the beginning of steady state, so that none is partly in it, but the last. They
 * do not depend on when snapshots were taken.
 *
 * Memory: of the last 15 seconds the timeline keeps 12 bytes per non-empty bucket and entry, 10 to 60 KB each, of what is older
 * some 1.5; `rollUp` bounds their number.
 */
export class WorkloadAccumulator {
  /** The run's start, monotonic clock. */
  readonly startNs: number;
  /** Those of the workload's parts, by index; without connections, which are the workload's. */
  readonly parts: readonly WorkloadAccumulator[];
  /** Length of a second of the timeline. */
  readonly intervalNs = 1e9;
  /** Without the histograms that are not merged yet. */
  #total: Snapshot;
  #unmerged: Pick<Tally, "steady" | "outside">[] = [];
  /** When second 0 begins, monotonic clock; that of the run until it is known. */
  #originNs: number;
  /** By quarter of a second; null once it is known. */
  #early: Map<number, Early> | null = new Map();
  /** Open connections in the last of these; NaN: there is none. */
  #earlyOpen = Number.NaN;
  /** Without gaps, ascending. */
  readonly #intervals: Interval[] = [];
  /** By whole seconds since the run's start; those that no live view shows any more are missing. */
  readonly #live = new Map<number, LiveSecond>();
  /** Open connections of each worker as of its latest snapshot. */
  readonly #openByWorker = new Map<number, { open: number; toNs: number }>();
  /** A second that receives another snapshot is replaced by a new object, so no entry is ever stale. */
  readonly #figures = new WeakMap<LiveSecond, LiveFigures>();
  #liveEnd = 0;
  #open = 0;
  #openPeak = 0;

  /**
   * @param workload index in the plan
   * @param startNs  the run's start, monotonic clock
   * @param parts    how many parts it has
   */
  constructor(workload: number, startNs: number, parts = 0) {
    this.startNs = startNs;
    this.parts = Array.from({ length: parts }, () => new WorkloadAccumulator(workload, startNs));
    this.#originNs = startNs;
    this.#total = emptySnapshot(workload);
  }

  /** Steady state is known to begin at `steadyNs`, monotonic clock: what was counted before is put in its seconds. */
  begin(steadyNs: number): void {
    for (const part of this.parts) part.begin(steadyNs);
    if (this.#early === null) return;
    const early = [...this.#early.values()];
    this.#early = null;
    this.#originNs = steadyNs;
    this.#intervals.length = 0;
    for (const { middleNs, sum, ...gauges } of early) {
      this.#addTo(this.#secondOf(middleNs), sum, gauges);
    }
  }

  /** Adds a worker's snapshot. @cost that of merging it twice, 10 to 100 us */
  add(snapshot: Snapshot): void {
    for (const [index, part] of (snapshot.parts ?? []).entries()) this.parts[index]?.add(part);
    const others = this.#open - (this.#openByWorker.get(snapshot.worker)?.open ?? 0);
    const openPeak = others + snapshot.openPeak;
    this.#openPeak = Math.max(this.#openPeak, openPeak);
    this.#setOpen(snapshot.worker, snapshot.open, snapshot.toNs);
    const { steady, outside } = snapshot;
    const counted = { ...snapshot, steady: noTally.steady, outside: noTally.outside };
    this.#total = mergeSnapshots(this.#total, { ...counted, seconds: [] });
    this.#unmerged.push({ steady, outside });
    if (this.#unmerged.length >= mostUnmerged) this.#merge();
    const middleNs = (snapshot.fromNs + snapshot.toNs) / 2;
    this.#addLive(snapshot, middleNs);
    const middle = this.#secondOf(middleNs);
    const gauges = { open: this.#open, openPeak };
    const none = snapshot.seconds.find(({ second }) => second === null);
    this.#addEarly(middleNs, none ?? noTally, gauges);
    this.#addTo(middle, none ?? noTally, gauges);
    for (const one of snapshot.seconds) if (one.second !== null) this.#addTo(one.second, one, null);
  }

  #secondOf(ns: number): number {
    return Math.floor((ns - this.#originNs) / this.intervalNs);
  }

  /** Records that a worker has exited: its connections are no longer open. Its measurements stay. */
  workerExited(worker: number): void {
    for (const part of this.parts) part.workerExited(worker);
    this.#setOpen(worker, 0, Number.POSITIVE_INFINITY);
  }

  /**
   * Sum of everything. `open` and `openPeak` are of all workers at once: the peak is that of the sum of each
   * worker's latest number, with a worker's own peak during its interval taken into account.
   */
  get total(): Snapshot {
    this.#merge();
    return { ...this.#total, worker: severalWorkers, open: this.#open, openPeak: this.#openPeak };
  }

  /** Open connections of all workers now. */
  get open(): number {
    return this.#open;
  }

  #merge(): void {
    if (this.#unmerged.length === 0) return;
    const all = [this.#total, ...this.#unmerged];
    const merged = (of: "steady" | "outside") => histogramsOf(all, of);
    this.#total = { ...this.#total, steady: merged("steady"), outside: merged("outside") };
    this.#unmerged = [];
  }

  /**
   * Puts together what has become old.
   *
   * @param nowNs monotonic clock
   * @param later seconds by which that is put off
   */
  rollUp(nowNs: number, later: number): void {
    for (const part of this.parts) part.rollUp(nowNs, later);
    rollUp(this.#intervals, this.#secondOf(nowNs), later, together);
  }

  /** The timeline from the run's start, without gaps. */
  get intervals(): readonly Interval[] {
    return this.#intervals;
  }

  /**
   * Returns the parts of the timeline in `[first, end)`, seconds of steady state.
   *
   * @throws asserts that none of them lies partly outside: see `rollUp`
   */
  seconds(first: number, end: number): readonly Interval[] {
    const found = this.#intervals.slice(this.#indexOf(first), this.#indexOf(end));
    const [begin, last] = [found[0], found.at(-1)];
    const isWhole =
      begin === undefined ||
      last === undefined ||
      (begin.second >= first && last.second + last.seconds <= end);
    assert(isWhole, "seconds that are asked for are kept one by one");
    return found;
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
    return last === null ? nothing : this.#figuresOf(this.#live.get(last) ?? null);
  }

  /**
   * Returns the figures of the last seconds, oldest first; the last one is that of `live`.
   *
   * @param nowNs monotonic clock
   * @param most  how many, at most `mostLive`
   * @cost        some 10 us for each second that has changed since the last call, almost nothing for others
   */
  recent(nowNs: number, most: number): LiveFigures[] {
    const last = this.#lastReceived(nowNs);
    if (last === null) return [];
    const first = Math.max(0, last + 1 - most);
    return Array.from({ length: last + 1 - first }, (_, at) =>
      this.#figuresOf(this.#live.get(first + at) ?? null),
    );
  }

  /** Returns the index of the last ended second with a snapshot, or of the one before; null if neither has one. */
  #lastReceived(nowNs: number): number | null {
    const ended = Math.floor((nowNs - this.startNs) / this.intervalNs) - 1;
    for (const index of [ended, ended - 1]) {
      if ((this.#live.get(index)?.coveredNs ?? 0) > 0) return index;
    }
    return null;
  }

  #figuresOf(second: LiveSecond | null): LiveFigures {
    if (second === null) return nothing;
    const known = this.#figures.get(second);
    if (known !== undefined) return known;
    const { steady, outside } = second.sum;
    const at = timing.responseTime;
    const counts = mergeCounts([steady[at] ?? noCounts, outside[at] ?? noCounts]);
    const seconds = second.coveredNs / this.#openByWorker.size / 1e9;
    const figures: LiveFigures = {
      perSecond: (name) => overPhases(second.sum.counters, name) / seconds,
      p50Ns: percentileOf(counts, 50),
      p99Ns: percentileOf(counts, 99),
      maxNs: counts.count === 0 ? null : counts.max,
    };
    this.#figures.set(second, figures);
    return figures;
  }

  #addLive(snapshot: Snapshot, middleNs: number): void {
    const index = Math.max(0, Math.floor((middleNs - this.startNs) / this.intervalNs));
    const live = this.#live;
    this.#liveEnd = Math.max(this.#liveEnd, index + 1);
    if (index < this.#liveEnd - mostLive) return;
    const known = live.get(index) ?? null;
    live.set(index, {
      sum: mergeTallies(known?.sum ?? noTally, snapshot),
      coveredNs: (known?.coveredNs ?? 0) + snapshot.toNs - snapshot.fromNs,
    });
    for (const old of live.keys()) if (old < this.#liveEnd - mostLive) live.delete(old);
  }

  /** Keeps what will be put into its second when that is known. */
  #addEarly(middleNs: number, sum: Tally, gauges: Gauges): void {
    if (this.#early === null) return;
    const quarter = Math.floor(middleNs / quarterNs);
    const known = this.#early.get(quarter);
    // A workload that begins after hours has nothing until then.
    const isAsBefore = gauges.open === this.#earlyOpen && gauges.openPeak === gauges.open;
    if (known === undefined && isAsBefore && isEmpty(sum)) return;
    this.#earlyOpen = gauges.open;
    this.#early.set(quarter, {
      middleNs: known?.middleNs ?? middleNs,
      sum: known === undefined ? sum : mergeTallies(known.sum, sum),
      open: gauges.open,
      openPeak: Math.max(known?.openPeak ?? 0, gauges.openPeak),
    });
  }

  #addTo(second: number, sum: Tally, gauges: Gauges | null): void {
    this.#extendTo(second);
    const at = this.#indexOf(second);
    const known = this.#intervals[at] as Interval;
    const merged = mergeTallies(known.sum, sum);
    this.#intervals[at] = {
      second: known.second,
      seconds: known.seconds,
      atNs: known.atNs,
      sum: at < this.#intervals.length - packedAfter ? packTally(merged) : merged,
      open: gauges?.open ?? known.open,
      openPeak: Math.max(known.openPeak, gauges?.openPeak ?? 0),
    };
  }

  /** The index of the interval that a second is in, or of the first one after it. */
  #indexOf(second: number): number {
    let [low, high] = [0, this.#intervals.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const { second: begin, seconds } = this.#intervals[middle] as Interval;
      if (begin + seconds <= second) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #extendTo(second: number): void {
    const intervals = this.#intervals;
    const add = (at: number, open: number): Interval => ({
      second: at,
      seconds: 1,
      atNs: Math.max(0, this.#originNs + at * this.intervalNs - this.startNs),
      sum: noTally,
      open,
      openPeak: open,
    });
    if (intervals.length === 0) intervals.push(add(second, 0));
    for (let at = (intervals[0] as Interval).second - 1; at >= second; at--) {
      intervals.unshift(add(at, 0));
    }
    const last = intervals.at(-1) as Interval;
    for (let at = last.second + last.seconds; at <= second; at++) {
      intervals.push(add(at, intervals.at(-1)?.open ?? 0));
      const old = intervals.length - 1 - packedAfter;
      const { sum, ...known } = intervals[old] ?? add(at, 0);
      if (old >= 0) intervals[old] = { ...known, sum: packTally(sum) };
    }
  }

  #setOpen(worker: number, open: number, toNs: number): void {
    const before = this.#openByWorker.get(worker);
    if (before !== undefined && before.toNs > toNs) return;
    this.#openByWorker.set(worker, { open, toNs });
    this.#open += open - (before?.open ?? 0);
    this.#openPeak = Math.max(this.#openPeak, this.#open);
  }
}

/** Sums add up, of open connections the last number and the highest count. */
function together(parts: readonly Interval[], { second, seconds }: Slice): Interval {
  return {
    second,
    seconds,
    atNs: parts[0]?.atNs ?? 0,
    sum: packTally(sumOf(parts.map(({ sum }) => sum))),
    open: parts.at(-1)?.open ?? 0,
    openPeak: Math.max(...parts.map(({ openPeak }) => openPeak)),
  };
}

/** The same as adding them one after the other, in less time. */
function sumOf(tallies: readonly Tally[]): Tally {
  const [first = noTally, ...others] = tallies.map(({ counters, errors, statuses }) => ({
    ...noTally,
    counters,
    errors,
    statuses,
  }));
  return {
    ...others.reduce<Tally>(mergeTallies, first),
    steady: histogramsOf(tallies, "steady"),
    outside: histogramsOf(tallies, "outside"),
  };
}

/** The histograms of all of them together, by timing. */
function histogramsOf(
  tallies: readonly Pick<Tally, "steady" | "outside">[],
  of: "steady" | "outside",
): SparseCounts[] {
  const all = tallies.map((tally) => tally[of]);
  return timings.map((_, which) => mergeCounts(all.map((rows) => rows[which] ?? noCounts)));
}

function isEmpty({ counters, errors, steady, outside }: Tally): boolean {
  return (
    errors.length === 0 &&
    counters.every((count) => count === 0) &&
    [...steady, ...outside].every(({ count }) => count === 0)
  );
}

const nothing: LiveFigures = { perSecond: () => 0, p50Ns: null, p99Ns: null, maxNs: null };

const noTally: Tally = {
  counters: new Float64Array(phases.length * counters.length),
  errors: [],
  statuses: [],
  steady: timings.map(() => noCounts),
  outside: timings.map(() => noCounts),
};

function emptySnapshot(workload: number): Snapshot {
  return {
    workload,
    worker: severalWorkers,
    fromNs: Number.POSITIVE_INFINITY,
    toNs: Number.NEGATIVE_INFINITY,
    open: 0,
    openPeak: 0,
    ...noTally,
    seconds: [],
    wrongSources: [],
    openFailures: noOpenFailures,
    wrongReplies: [],
    slowest: [],
    failing: [],
    anatomy: noAnatomy,
  };
}
