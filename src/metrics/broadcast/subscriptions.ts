import { overPhases, type Snapshot } from "../snapshot.ts";
import {
  membership as column,
  membershipColumns,
  type SubscriptionReport,
} from "./membership-rows.ts";

/** A snapshot is taken at the end of a turn, and counts what left in that. */
const turnNs = 50e6;

/** Length of several snapshots together. */
const rolledNs = 10e9;

/** Subscribers that are listed one by one. */
const mostListed = 100;

/** What the subscribers of a workload received, and what they should have. */
export interface SubscriptionsMeasured {
  /** Messages that were published, over all phases. */
  readonly published: number;
  /** Deliveries that were due, and those of them that came. */
  readonly due: number;
  readonly received: number;
  readonly lost: number;
  /** Subscribers; those that were there for all that was published; and those that received all that was due, once. */
  readonly subscribers: number;
  readonly throughout: number;
  readonly complete: number;
  readonly foreign: number;
  /** Those that did not, the worst first, at most `mostListed`. */
  readonly incomplete: readonly SubscriberCounts[];
}

export interface SubscriberCounts {
  /** Its number in the workload, from 0. */
  readonly subscriber: number;
  /** By worker, as pauses are noted. */
  readonly worker: number;
  readonly due: number;
  readonly received: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly reordered: number;
}

/** What one worker published to the subscribers, snapshot by snapshot; times of the monotonic clock, ns. */
class Published {
  #fromNs: number[] = [];
  #toNs: number[] = [];
  /** Messages in that snapshot and all before. */
  #sum: number[] = [];

  add(fromNs: number, toNs: number, sent: number): void {
    this.#fromNs.push(fromNs);
    this.#toNs.push(toNs);
    this.#sum.push(this.total + sent);
  }

  /** Puts old snapshots together, so that less is certain of subscribers that came or left then. */
  rollUp(untilNs: number): void {
    const [from, to, sum] = [[] as number[], [] as number[], [] as number[]];
    let cell = Number.NaN;
    for (const [at, fromNs] of this.#fromNs.entries()) {
      const toNs = this.#toNs[at] as number;
      const next = toNs <= untilNs ? Math.floor(fromNs / rolledNs) : Number.NaN;
      if (next === cell) {
        to.pop();
        sum.pop();
      } else from.push(fromNs);
      to.push(toNs);
      sum.push(this.#sum[at] as number);
      cell = next;
    }
    [this.#fromNs, this.#toNs, this.#sum] = [from, to, sum];
  }

  get total(): number {
    return this.#sum.at(-1) ?? 0;
  }

  get lastNs(): number {
    return this.#toNs.at(-1) ?? Number.NEGATIVE_INFINITY;
  }

  /** Messages of snapshots that lie wholly in that time. */
  within(fromNs: number, toNs: number): number {
    const first = firstAbove(this.#fromNs, fromNs);
    const end = firstAbove(this.#toNs, toNs);
    if (end <= first) return 0;
    return (this.#sum[end - 1] as number) - (this.#sum[first - 1] ?? 0);
  }
}

/** Index of the first of ascending values that is `value` or more. */
function firstAbove(values: readonly number[], value: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * What is due to the subscribers of a workload: all that was published while they were there.
 *
 * A subscriber that was there from before the first message until after the last one is owed all of them. Of one that came
 * later, left earlier or was away in between it is not known to the message what was sent while it was there: it is owed
 * what was certainly sent then, by the publishers' snapshots, four a second; or, if that is more, what lies between the
 * first and the last message that it received of each publishing connection. So what it lost is at least what is counted,
 * and less than half a second of messages more for each time that it came or left.
 */
export class Subscriptions {
  readonly publishers: readonly number[];
  /** By workload and worker. */
  readonly #published = new Map<string, Published>();
  readonly #rows: { readonly worker: number; readonly rows: Float64Array }[] = [];
  #foreign = 0;

  /** @param publishers indexes of the workloads that publish, in the plan */
  constructor(publishers: readonly number[]) {
    this.publishers = publishers;
  }

  /** Takes a snapshot of a publisher. */
  sent(snapshot: Snapshot): void {
    const sent = overPhases(snapshot.counters, "sent");
    if (sent === 0) return;
    const key = `${snapshot.workload} ${snapshot.worker}`;
    let published = this.#published.get(key);
    if (published === undefined) {
      published = new Published();
      this.#published.set(key, published);
    }
    published.add(snapshot.fromNs, snapshot.toNs + turnNs, sent);
  }

  /** Puts together what was published until then, monotonic clock, ns. */
  rollUp(untilNs: number): void {
    for (const published of this.#published.values()) published.rollUp(untilNs);
  }

  report(worker: number, { rows, foreign }: SubscriptionReport): void {
    this.#rows.push({ worker, rows });
    this.#foreign += foreign;
  }

  /**
   * @param beginNs     when the first of the publishers began, monotonic clock; null: none did
   * @param subscribers how many the workload has
   */
  measured(beginNs: number | null, subscribers: number): SubscriptionsMeasured {
    const all = [...this.#published.values()];
    const published = all.reduce((sum, { total }) => sum + total, 0);
    // The last message had left by the time of that snapshot.
    const endNs = Math.max(...all.map(({ lastNs }) => lastNs - turnNs));
    const dueIn = (fromNs: number, toNs: number) => {
      const from = beginNs === null || fromNs <= beginNs ? Number.NEGATIVE_INFINITY : fromNs;
      const to = toNs >= endNs ? Number.POSITIVE_INFINITY : toNs;
      const isWhole = from === Number.NEGATIVE_INFINITY && to === Number.POSITIVE_INFINITY;
      if (isWhole) return published;
      return all.reduce((sum, one) => sum + one.within(from, to), 0);
    };
    const counts = new Map<number, SubscriberCounts>();
    let throughout = 0;
    for (const { worker, rows } of this.#rows) {
      for (let at = 0; at < rows.length; at += membershipColumns) {
        const of = (which: keyof typeof column) => rows[at + column[which]] as number;
        const certain = dueIn(of("joinedNs"), of("leftNs"));
        if (certain === published) throughout++;
        const due = Math.max(certain, of("between"));
        const before = counts.get(of("subscriber"));
        counts.set(of("subscriber"), {
          subscriber: of("subscriber"),
          worker,
          due: (before?.due ?? 0) + due,
          received: (before?.received ?? 0) + of("received"),
          lost: (before?.lost ?? 0) + Math.max(0, due - of("received")),
          duplicated: (before?.duplicated ?? 0) + of("duplicated"),
          reordered: (before?.reordered ?? 0) + of("reordered"),
        });
      }
    }
    const each = [...counts.values()];
    const total = (which: "due" | "received" | "lost") =>
      each.reduce((sum, one) => sum + one[which], 0);
    const incomplete = each.filter(({ lost, duplicated }) => lost + duplicated > 0);
    return {
      published,
      due: total("due"),
      received: total("received"),
      lost: total("lost"),
      subscribers,
      throughout,
      complete: published === 0 ? 0 : each.length - incomplete.length,
      foreign: this.#foreign,
      incomplete: incomplete
        .sort((a, b) => b.lost - a.lost || b.duplicated - a.duplicated)
        .slice(0, mostListed),
    };
  }
}
