import {
  membership as column,
  membershipColumns,
} from "../../metrics/broadcast/membership-rows.ts";
import {
  type Arrival,
  arrival,
  createSequenceTracker,
  type SequenceTracker,
} from "../../metrics/broadcast/sequence-tracker.ts";

/** Connections that ended before the end, of which rows are kept; of more only what has come is known. */
const mostEnded = 1 << 16;

/** One that received nothing and was there for less owes nothing that could be told. */
const shortestNs = 250e6;

/**
 * What each subscriber of a worker receives, by slot: counts for all of it, and for each publishing connection what has
 * come last.
 *
 * @cost 152 bytes for each pair of a subscriber and a publishing connection
 */
export class Subscribers {
  readonly #flows: number;
  readonly #tracker: SequenceTracker;
  /** By flow, of the slot's connection: the lowest and the highest sequence that came. */
  readonly #first: Float64Array;
  readonly #last: Float64Array;
  // By slot, of its connection.
  readonly #joinedNs: Float64Array;
  readonly #received: Float64Array;
  readonly #duplicated: Float64Array;
  readonly #reordered: Float64Array;
  readonly #firstSubscriber: number;
  readonly #ended: number[] = [];
  /** Of those of which no row is kept, by subscriber. */
  readonly #sums = new Map<number, number[]>();

  readonly #mostEnded: number;

  /**
   * @param publishers connections that publish, over all workloads that do
   * @param most       rows of connections that ended before the end, at most
   */
  constructor(slots: number, publishers: number, firstSubscriber: number, most = mostEnded) {
    this.#mostEnded = most;
    const flows = slots * publishers;
    this.#flows = publishers;
    this.#firstSubscriber = firstSubscriber;
    this.#tracker = createSequenceTracker(flows);
    this.#first = new Float64Array(flows).fill(Number.POSITIVE_INFINITY);
    this.#last = new Float64Array(flows).fill(Number.NEGATIVE_INFINITY);
    this.#joinedNs = new Float64Array(slots).fill(Number.NaN);
    this.#received = new Float64Array(slots);
    this.#duplicated = new Float64Array(slots);
    this.#reordered = new Float64Array(slots);
  }

  /** The slot's connection is open, with all its steps. */
  joined(slot: number, nowNs: number): void {
    this.#joinedNs[slot] = nowNs;
    this.#received[slot] = 0;
    this.#duplicated[slot] = 0;
    this.#reordered[slot] = 0;
    const from = slot * this.#flows;
    this.#first.fill(Number.POSITIVE_INFINITY, from, from + this.#flows);
    this.#last.fill(Number.NEGATIVE_INFINITY, from, from + this.#flows);
  }

  /** Takes in a message. @param publisher number of its connection among all that publish */
  take(slot: number, publisher: number, sequence: number): Arrival {
    const flow = slot * this.#flows + publisher;
    const kind = this.#tracker.track(flow, sequence);
    if (kind === arrival.duplicate) {
      this.#duplicated[slot] = (this.#duplicated[slot] as number) + 1;
      return kind;
    }
    this.#received[slot] = (this.#received[slot] as number) + 1;
    if (kind === arrival.reordered) {
      this.#reordered[slot] = (this.#reordered[slot] as number) + 1;
    }
    if (sequence < (this.#first[flow] as number)) this.#first[flow] = sequence;
    if (sequence > (this.#last[flow] as number)) this.#last[flow] = sequence;
    return kind;
  }

  /** The slot's connection has ended. */
  left(slot: number, nowNs: number): void {
    const joinedNs = this.#joinedNs[slot] as number;
    if (Number.isNaN(joinedNs)) return;
    const row = this.#rowOf(slot, nowNs);
    this.#joinedNs[slot] = Number.NaN;
    const isEmpty = row[column.received] === 0 && row[column.duplicated] === 0;
    if (isEmpty && nowNs - joinedNs < shortestNs) return;
    if (this.#ended.length < this.#mostEnded * membershipColumns) {
      this.#ended.push(...row);
      return;
    }
    const subscriber = row[column.subscriber] as number;
    const sum = this.#sums.get(subscriber);
    if (sum === undefined) this.#sums.set(subscriber, row);
    else {
      for (let at = column.received; at < membershipColumns; at++) {
        sum[at] = (sum[at] as number) + (row[at] as number);
      }
      // No time at all: nothing is owed but what lies between.
      sum[column.leftNs] = sum[column.joinedNs] as number;
    }
  }

  /** The rows of all connections; those that are open end at that time. */
  rows(nowNs: number): Float64Array {
    const open: number[] = [];
    for (let slot = 0; slot < this.#joinedNs.length; slot++) {
      if (!Number.isNaN(this.#joinedNs[slot])) open.push(...this.#rowOf(slot, nowNs));
    }
    return Float64Array.from([...this.#ended, ...[...this.#sums.values()].flat(), ...open]);
  }

  #rowOf(slot: number, leftNs: number): number[] {
    const row = new Array<number>(membershipColumns).fill(0);
    row[column.subscriber] = this.#firstSubscriber + slot;
    row[column.joinedNs] = this.#joinedNs[slot] as number;
    row[column.leftNs] = leftNs;
    row[column.received] = this.#received[slot] as number;
    row[column.between] = this.#betweenOf(slot);
    row[column.duplicated] = this.#duplicated[slot] as number;
    row[column.reordered] = this.#reordered[slot] as number;
    return row;
  }

  #betweenOf(slot: number): number {
    let between = 0;
    const from = slot * this.#flows;
    for (let flow = from; flow < from + this.#flows; flow++) {
      const last = this.#last[flow] as number;
      if (last >= 0) between += last - (this.#first[flow] as number) + 1;
    }
    return between;
  }
}
