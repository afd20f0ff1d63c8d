import type { ReceiverCounts } from "../metrics/broadcast/receiver-counts.ts";
import {
  type Arrival,
  arrival,
  createSequenceTracker,
  type SequenceTracker,
} from "../metrics/broadcast/sequence-tracker.ts";
import { TimeCounts } from "../metrics/time-counts.ts";

/** What one receiver counts. */
export class ReceiverTally {
  memberships = 0;
  foreign = 0;
  #received = 0;
  #duplicated = 0;
  #reordered = 0;
  #bytesReceived = 0;
  readonly #tracker: SequenceTracker;
  readonly #latency = new TimeCounts();

  constructor(senders: number) {
    this.#tracker = createSequenceTracker(senders);
  }

  /** Takes in a datagram. @returns whether it is new */
  take(sender: number, sequence: number, bytes: number): boolean {
    const kind: Arrival = this.#tracker.track(sender, sequence);
    this.#bytesReceived += bytes;
    if (kind === arrival.duplicate) {
      this.#duplicated++;
      return false;
    }
    this.#received++;
    if (kind === arrival.reordered) this.#reordered++;
    return true;
  }

  /** Distinct datagrams. */
  get received(): number {
    return this.#received;
  }

  /** Records the latency of one datagram. */
  delivered(ns: number): void {
    this.#latency.record(ns);
  }

  report(receiver: number, thread: number): ReceiverCounts {
    return {
      receiver,
      thread,
      memberships: this.memberships,
      received: this.#received,
      duplicated: this.#duplicated,
      reordered: this.#reordered,
      bytesReceived: this.#bytesReceived,
      foreign: this.foreign,
      latency: this.#latency.counts(),
    };
  }
}
