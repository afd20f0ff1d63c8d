import {
  inPhase,
  isConnectTimeOut,
  isTimeOut,
  noSecond,
  phase,
  type SecondTally,
  type Snapshot,
  type SparseCounts,
  timing,
  timings,
} from "../snapshot.ts";
import { mergeCounts, noCounts } from "../sparse-counts.ts";
import { above, shifted, without } from "./changed-counts.ts";
import {
  type Difference,
  noDifference,
  PackedDifference,
  sumOfDifferences,
  sumOfRows,
} from "./difference.ts";
import type { Disturbances } from "./disturbances.ts";

/** Pauses are reported within 0.3 s, and what other programs used within 1 s: then a snapshot can be judged. */
export const settledNs = 2.5e9;

/** What a disturbance left in a queue delays exchanges that begin so much later. */
const queueNs = 250e6;

/**
 * A queue is worked off in what time is left, so an exchange waits for what was lost before it was due as well: within
 * as long again as it took. Where half of the time is lost, nothing is known of any exchange.
 */
const queueFactor = 2;

/** As the shortest pause: what ended before is not looked at more closely. */
const graceNs = 10e6;

/** A time-out that lost time makes up less than this ratio of is the server's. */
const explainsTimeOut = 0.1;

/** Where less than this ratio of a time-out is left, nothing is known of the target. */
const excusesTimeOut = 0.5;

/** Differences of seconds that are so much older than the last one are packed: little comes late of them. */
const packedAfter = 15;

/** So many more are made until the old ones of them are looked for. */
const packedEvery = 16;

/** A part of what was measured, as if nothing had disturbed it. */
export interface Part {
  /** Samples that nothing disturbed, by Timing. */
  undisturbed(all: SparseCounts, which: number): SparseCounts;
  /** All samples, each less what disturbance can have added to it at most. */
  credited(all: SparseCounts, which: number): SparseCounts;
  /** Time-outs of steady state that disturbance explains. */
  readonly timedOut: number;
  /** Errors that are time-outs, of exchanges or of connections that did not end, and that disturbance explains, by phase. */
  readonly timeOutErrors: Float64Array;
  /** Attempts to connect that timed out and that disturbance explains, by phase. */
  readonly connectsTimedOut: Float64Array;
  /** Of both, outside warm-up: those of which half of the time or more was lost, so that nothing is known of the target. */
  readonly excused: number;
  /** Time-outs of steady state among the samples that are disturbed; more than those that are explained by it. */
  readonly censored: number;
  /** What was counted while a disturbance lasted, as `Snapshot.counters`. */
  readonly counters: Float64Array;
  /** How long it was disturbed in a time of the run, over all workers, ns. */
  disturbedNs(fromNs: number, toNs: number): number;
}

/** What is judged of an interval of a worker, or of a thread of receivers. */
type JudgedInterval = Pick<
  Snapshot,
  "worker" | "fromNs" | "toNs" | "disturbance" | "seconds" | "parts"
>;

/** What is known of a snapshot as a whole. */
interface Judgement {
  /** All of it is disturbed; a part of its time is; and what of the rest took longer than this. */
  readonly isWhole: boolean;
  readonly isTouched: boolean;
  readonly longestNs: number;
}

/**
 * What disturbance did to a workload's figures: it is given every snapshot, and knows what to take from the sums over
 * all of them. Only what was disturbed takes memory, and only the last minutes by the second, once they are put together.
 *
 * An exchange is disturbed when the time from when it was due until its reply meets
 *
 * - a pause of its worker, or the backlog that one left (the worker's recorder knows, to the exchange);
 * - an interval in which its worker had no time to spare, or the machine kept clients or servers from running (by the
 *   time of the reply, and by the histogram: of what came after such an interval, what must have been due before its end).
 */
export class Undisturbed {
  /** Those of the workload's parts, by index. */
  readonly parts: readonly Undisturbed[];
  readonly #disturbances: Disturbances;
  readonly #timeoutNs: number;
  /** By second of steady state; those that nothing disturbed are missing. */
  readonly #differences = new Map<number, Difference>();
  /** Differences made since the last look for old ones. */
  #made = 0;
  #spans: { readonly fromNs: number; readonly toNs: number }[] = [];
  /** Seconds from 0 on that are one difference now, under the number of the first. */
  #olderEnd = 0;
  /** What the spans before the others take of a time. */
  #older: { readonly fromNs: number; readonly toNs: number; readonly ns: number } | null = null;
  readonly #connectTimeoutNs: number;
  readonly #senders: readonly number[];
  #waiting: JudgedInterval[] = [];

  /**
   * @param timeoutNs        of the workload
   * @param connectTimeoutNs the same for attempts to connect; left out: nothing connects
   * @param senders          workers on which what others receive depends as well; left out: none
   * @param parts            how many parts the workload has; left out: none
   */
  constructor(
    disturbances: Disturbances,
    timeoutNs: number,
    {
      connectTimeoutNs = 0,
      senders = [],
      parts = 0,
    }: {
      readonly connectTimeoutNs?: number;
      readonly senders?: readonly number[];
      readonly parts?: number;
    } = {},
  ) {
    this.parts = Array.from({ length: parts }, () => new Undisturbed(disturbances, timeoutNs));
    this.#disturbances = disturbances;
    this.#timeoutNs = timeoutNs;
    this.#connectTimeoutNs = connectTimeoutNs;
    this.#senders = senders;
  }

  /** Takes a worker's snapshot, which is judged as soon as all is known that may have disturbed it. */
  add(snapshot: JudgedInterval): void {
    for (const [index, part] of (snapshot.parts ?? []).entries()) this.parts[index]?.add(part);
    this.#waiting.push(snapshot);
    this.settle(snapshot.toNs - settledNs);
  }

  /** Judges the snapshots that ended until then. */
  settle(untilNs = Number.POSITIVE_INFINITY): void {
    for (const part of this.parts) part.settle(untilNs);
    if (this.#waiting.every(({ toNs }) => toNs > untilNs)) return;
    for (const snapshot of this.#waiting) if (snapshot.toNs <= untilNs) this.#judge(snapshot);
    this.#waiting = this.#waiting.filter(({ toNs }) => toNs > untilNs);
  }

  /**
   * Puts together what has become old: from then on it is known of all of it only.
   *
   * @param steadyNs when steady state began, monotonic clock
   * @param end      second of steady state that it ends before
   */
  rollUp(steadyNs: number, end: number): void {
    for (const part of this.parts) part.rollUp(steadyNs, end);
    if (end <= this.#olderEnd) return;
    for (const to of [noSecond, 0]) {
      const isOf = (index: number) => (to === 0) === index >= 0;
      const old = [...this.#differences].filter(([index]) => index < end && isOf(index));
      if (old.every(([index]) => index === to)) continue;
      // All at once: each sum of histograms of a whole run is as long as they are.
      const sum = sumOfDifferences(old.map(([, difference]) => difference));
      for (const [index] of old) this.#differences.delete(index);
      this.#differences.set(to, sum);
    }
    this.#olderEnd = end;
    const untilNs = steadyNs + end * 1e9;
    const fromNs = this.#older?.fromNs ?? steadyNs;
    const isOld = (span: { readonly toNs: number }) => span.toNs <= untilNs;
    const ns = this.#spans
      .filter(isOld)
      .reduce((sum, span) => sum + overlapNs(span, fromNs, untilNs), this.#older?.ns ?? 0);
    this.#older = { fromNs, toNs: untilNs, ns };
    this.#spans = this.#spans.filter((span) => !isOld(span));
  }

  /**
   * Returns what was disturbed in a part of the run.
   *
   * @param first its first second of steady state; left out: all before as well
   * @param end   its last one, exclusive
   */
  part(first = Number.NEGATIVE_INFINITY, end = Number.POSITIVE_INFINITY): Part {
    const found = this.#between(first, end);
    const sumOf = (name: "disturbed" | "creditedFrom" | "creditedTo", which: number) =>
      mergeCounts(found.map((difference) => difference[name][which] ?? noCounts));
    return {
      undisturbed: (all, which) => without(all, sumOf("disturbed", which)),
      credited: (all, which) =>
        mergeCounts([without(all, sumOf("creditedFrom", which)), sumOf("creditedTo", which)]),
      timedOut: found.reduce((total, { timedOut }) => total + timedOut, 0),
      censored: found.reduce((total, { censored }) => total + censored, 0),
      timeOutErrors: sumOfRows(found, "timeOutErrors"),
      connectsTimedOut: sumOfRows(found, "connectsTimedOut"),
      excused: found.reduce((total, { excused }) => total + excused, 0),
      counters: sumOfRows(found, "counters"),
      disturbedNs: (fromNs, toNs) => this.#disturbedNs(fromNs, toNs),
    };
  }

  #disturbedNs(fromNs: number, toNs: number): number {
    const older = this.#older;
    const olderNs =
      older === null || older.toNs <= older.fromNs
        ? 0
        : (older.ns * overlapNs(older, fromNs, toNs)) / (older.toNs - older.fromNs);
    return this.#spans.reduce((sum, span) => sum + overlapNs(span, fromNs, toNs), olderNs);
  }

  /** A window looks up its own few, the whole run goes through all. */
  #between(first: number, end: number): readonly Difference[] {
    if (end - first > this.#differences.size) {
      return [...this.#differences].flatMap(([index, found]) =>
        index >= first && index < end ? [found] : [],
      );
    }
    const found: Difference[] = [];
    for (let index = first; index < end; index++) {
      const difference = this.#differences.get(index);
      if (difference !== undefined) found.push(difference);
    }
    return found;
  }

  #judge(snapshot: JudgedInterval): void {
    const { fromNs, toNs, worker, disturbance } = snapshot;
    const disturbances = this.#disturbances;
    if (disturbance?.saturated) disturbances.saturated(worker, fromNs, toNs);
    const isMachine = disturbances.isMachineDisturbed(fromNs, toNs);
    const isWhole = isMachine || disturbance?.saturated === true;
    const isTouched = isWhole || (disturbance?.ns ?? 0) > 0;
    if (isTouched) this.#spans.push({ fromNs, toNs });
    // What took longer was due before the machine's last disturbed interval ended.
    const longestNs = fromNs - disturbances.machineEndNs(fromNs) + graceNs;
    for (const tally of snapshot.seconds) {
      this.#judgeSecond(snapshot, tally, { isWhole, isTouched, longestNs });
    }
  }

  #judgeSecond(
    snapshot: JudgedInterval,
    tally: SecondTally,
    { isWhole, isTouched, longestNs }: Judgement,
  ): void {
    const isSaturated = snapshot.disturbance?.saturated === true;
    for (let which = 0; which < timings.length; which++) {
      const counts = tally.steady[which] ?? noCounts;
      if (counts.count === 0) continue;
      const own = ownOf(tally, which);
      const taken = isWhole || (isTouched && own === null) ? counts : (own ?? noCounts);
      const rest = without(counts, taken);
      const late = rest.max > longestNs ? above(rest, longestNs) : noCounts;
      if (taken.count + late.count > 0) {
        const { disturbed } = this.#at(tally);
        disturbed[which] = mergeCounts([disturbed[which] ?? noCounts, taken, late]);
      }
      this.#credit(snapshot, tally, which, isSaturated);
    }
    const timedOut = inPhase(tally.counters, phase.steady, "timedOut");
    if (timedOut > 0) {
      // A time-out is among the samples, with the time it was given or more.
      const isAll = isWhole || this.#timeoutNs > longestNs;
      const difference = this.#at(tally);
      difference.censored += isAll ? timedOut : (tally.disturbed?.timedOut ?? 0);
      difference.timedOut += this.#explains(snapshot, this.#timeoutNs) ? timedOut : 0;
    }
    this.#judgeTimeOuts(snapshot, tally, "timeOutErrors", this.#timeoutNs);
    this.#judgeTimeOuts(snapshot, tally, "connectsTimedOut", this.#connectTimeoutNs);
    if (!isTouched) return;
    const difference = this.#at(tally);
    for (let i = 0; i < tally.counters.length; i++) {
      difference.counters[i] = (difference.counters[i] as number) + (tally.counters[i] as number);
    }
  }

  /** Counts the errors of one kind that are time-outs, where disturbance explains them. */
  #judgeTimeOuts(
    snapshot: JudgedInterval,
    tally: SecondTally,
    kind: "timeOutErrors" | "connectsTimedOut",
    timeoutNs: number,
  ): void {
    const isConnect = kind === "connectsTimedOut";
    const timedOut = tally.errors.filter(({ code }) =>
      isConnect ? isConnectTimeOut(code) : isTimeOut(code),
    );
    if (timedOut.length === 0 || !this.#explains(snapshot, timeoutNs)) return;
    const difference = this.#at(tally);
    const isExcused = this.#explains(snapshot, timeoutNs, excusesTimeOut);
    for (const { phase: name, count } of timedOut) {
      const at = phase[name];
      // A connection that is open may time out in the kernel as well: that is not an attempt.
      const counted = isConnect ? Math.min(count, inPhase(tally.counters, at, "failed")) : count;
      difference[kind][at] = (difference[kind][at] as number) + counted;
      if (isExcused && at !== phase.warmUp) difference.excused += counted;
    }
  }

  /** Takes from each sample what lost time can have cost it at most; where the worker was saturated, that is all of it. */
  #credit(
    { worker, fromNs, toNs }: JudgedInterval,
    tally: SecondTally,
    which: number,
    isSaturated: boolean,
  ): void {
    const counts = tally.steady[which] ?? noCounts;
    const lostNs = (valueNs: number) =>
      isSaturated
        ? valueNs
        : Math.min(valueNs, this.#lostNs(worker, fromNs - queueFactor * valueNs - queueNs, toNs));
    if (!isSaturated && lostNs(counts.max) <= 0) return;
    const difference = this.#at(tally);
    const { creditedFrom, creditedTo } = difference;
    creditedFrom[which] = mergeCounts([creditedFrom[which] ?? noCounts, counts]);
    const credited = shifted(counts, (valueNs) => valueNs - lostNs(valueNs));
    creditedTo[which] = mergeCounts([creditedTo[which] ?? noCounts, credited]);
  }

  /** Whether so much was lost in the time of a snapshot's time-outs that they may have been answered without it. */
  #explains(
    { worker, fromNs, toNs, disturbance }: JudgedInterval,
    timeoutNs: number,
    ratio = explainsTimeOut,
  ): boolean {
    if (disturbance?.saturated) return true;
    const lostNs = this.#disturbances.lostNs(worker, fromNs - timeoutNs - queueNs, toNs);
    return lostNs >= ratio * timeoutNs;
  }

  #lostNs(worker: number, fromNs: number, toNs: number): number {
    const ownNs = this.#disturbances.lostNs(worker, fromNs, toNs);
    return ownNs + this.#disturbances.meanLostNs(this.#senders, fromNs, toNs);
  }

  #at({ second }: SecondTally): Difference {
    // What comes late of what has been put together belongs to that.
    const isOld = second !== null && second >= 0 && second < this.#olderEnd;
    const index = isOld ? 0 : (second ?? noSecond);
    const known = this.#differences.get(index);
    if (known instanceof PackedDifference) {
      const opened = known.opened();
      this.#differences.set(index, opened);
      return opened;
    }
    if (known !== undefined) return known;
    if (++this.#made % packedEvery === 0) this.#pack(index - packedAfter);
    const made = noDifference();
    this.#differences.set(index, made);
    return made;
  }

  /** Packs the differences of seconds before one. */
  #pack(end: number): void {
    for (const [index, difference] of this.#differences) {
      if (index >= end || difference instanceof PackedDifference) continue;
      this.#differences.set(index, PackedDifference.of(difference));
    }
  }
}

function overlapNs(
  span: { readonly fromNs: number; readonly toNs: number },
  fromNs: number,
  toNs: number,
): number {
  return Math.max(0, Math.min(span.toNs, toNs) - Math.max(span.fromNs, fromNs));
}

/** The disturbed exchanges that the worker told apart; null for a timing that is known by the interval alone. */
function ownOf({ disturbed }: SecondTally, which: number): SparseCounts | null {
  if (which === timing.responseTime) return disturbed?.responseTime ?? noCounts;
  if (which === timing.serviceTime) return disturbed?.serviceTime ?? noCounts;
  return null;
}
