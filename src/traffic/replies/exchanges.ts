import type { Moment } from "../../metrics/snapshot.ts";

/** What became of an exchange. */
export const outcome = { none: 0, inFlight: 1, expired: 2, answered: 3 } as const;

/** What is kept of a slot, side by side. */
const oldestAt = 0;
const undecidedAt = 1;
const nextAt = 2;
const inFlightAt = 3;
const columns = 4;

/**
 * The latest exchanges of every connection of a worker: a ring per slot, in typed arrays.
 *
 * Exchanges of a slot are numbered from 0 in the order of sending; the number is the message's
 * sequence. The ring remembers the numbers from `oldest` to `next - 1`; those before `undecided`
 * are answered or expired.
 *
 *     oldest <= undecided <= next,   next - oldest <= capacity
 *
 * An exchange that timed out stays, so that its late reply is recognised and never taken for the
 * answer to a later one.
 */
export class Exchanges {
  /** Exchanges remembered per slot: a power of two. */
  readonly capacity: number;
  /** Intended and sent, ns, by exchange: what is looked at together lies together, as every look costs a cache miss. */
  readonly #timesNs: Float64Array;
  /** Outcome in the low two bits, moment above. */
  readonly #status: Int32Array;
  /** Number of the message in its workload, by exchange; null: nobody asks. */
  readonly #numbers: Float64Array | null;
  /** By [slot * columns + which]. */
  readonly #bySlot: Float64Array;
  readonly #mask: number;
  #inFlightTotal = 0;

  /**
   * @param remembered exchanges to remember per slot, at least; rounded up to a power of two
   * @param numbered   whether to remember what numbers they have in their workload
   */
  constructor(slots: number, remembered: number, numbered = false) {
    this.capacity = 2 ** Math.ceil(Math.log2(remembered));
    this.#mask = this.capacity - 1;
    this.#timesNs = new Float64Array(2 * slots * this.capacity);
    this.#status = new Int32Array(slots * this.capacity);
    this.#numbers = numbered ? new Float64Array(slots * this.capacity) : null;
    this.#bySlot = new Float64Array(columns * slots);
  }

  inFlight(slot: number): number {
    return this.#bySlot[slot * columns + inFlightAt] as number;
  }

  get inFlightTotal(): number {
    return this.#inFlightTotal;
  }

  oldest(slot: number): number {
    return this.#bySlot[slot * columns + oldestAt] as number;
  }

  next(slot: number): number {
    return this.#bySlot[slot * columns + nextAt] as number;
  }

  /** Whether another exchange can begin without forgetting the oldest. */
  hasRoom(slot: number): boolean {
    return this.next(slot) - this.oldest(slot) < this.capacity;
  }

  /** Begins an exchange; there must be room. @returns its number */
  begin(slot: number, intendedNs: number, sentNs: number, moment: Moment): number {
    const sequence = this.next(slot);
    const at = this.indexOf(slot, sequence);
    this.#timesNs[2 * at] = intendedNs;
    this.#timesNs[2 * at + 1] = sentNs;
    this.#status[at] = outcome.inFlight | (moment << 2);
    this.#bySlot[slot * columns + nextAt] = sequence + 1;
    this.#bySlot[slot * columns + inFlightAt] = this.inFlight(slot) + 1;
    this.#inFlightTotal++;
    return sequence;
  }

  /** Notes the number that an exchange has in its workload. */
  setNumber(slot: number, sequence: number, number: number): void {
    if (this.#numbers !== null) this.#numbers[this.indexOf(slot, sequence)] = number;
  }

  /** The number of an exchange in its workload; 0 where none are remembered. */
  number(slot: number, sequence: number): number {
    return this.#numbers?.[this.indexOf(slot, sequence)] ?? 0;
  }

  intendedNs(slot: number, sequence: number): number {
    return this.#timesNs[2 * this.indexOf(slot, sequence)] as number;
  }

  sentNs(slot: number, sequence: number): number {
    return this.#timesNs[2 * this.indexOf(slot, sequence) + 1] as number;
  }

  momentOf(slot: number, sequence: number): Moment {
    return (this.#status[this.indexOf(slot, sequence)] as number) >> 2;
  }

  /** What became of an exchange; `none` for one that is not remembered (any more). */
  outcomeOf(slot: number, sequence: number): number {
    if (sequence < this.oldest(slot) || sequence >= this.next(slot)) return outcome.none;
    return (this.#status[this.indexOf(slot, sequence)] as number) & 3;
  }

  /** Marks an exchange in flight as answered or expired. */
  decide(slot: number, sequence: number, how: 2 | 3): void {
    const at = this.indexOf(slot, sequence);
    this.#status[at] = ((this.#status[at] as number) & ~3) | how;
    this.#bySlot[slot * columns + inFlightAt] = this.inFlight(slot) - 1;
    this.#inFlightTotal--;
  }

  /** Forgets the oldest exchange, which must not be in flight. */
  forgetOldest(slot: number): void {
    this.#bySlot[slot * columns + oldestAt] = this.oldest(slot) + 1;
  }

  /**
   * The first exchange in flight, or -1 when there is none: the one that times out first.
   *
   * @cost O(1) over all calls
   */
  firstInFlight(slot: number): number {
    const next = this.next(slot);
    let sequence = Math.max(
      this.#bySlot[slot * columns + undecidedAt] as number,
      this.oldest(slot),
    );
    while (sequence < next && this.outcomeOf(slot, sequence) !== outcome.inFlight) sequence++;
    this.#bySlot[slot * columns + undecidedAt] = sequence;
    return sequence < next ? sequence : -1;
  }

  /** Forgets all exchanges of a slot, none of which may be in flight: its connection has ended. */
  clear(slot: number): void {
    this.#bySlot[slot * columns + oldestAt] = this.next(slot);
  }

  /** Where an exchange that is remembered is kept: an integer from 0 to slots * capacity - 1. */
  indexOf(slot: number, sequence: number): number {
    return slot * this.capacity + (sequence & this.#mask);
  }
}
