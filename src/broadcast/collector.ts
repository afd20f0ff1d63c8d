import { addArrivals } from "../metrics/arrivals-by-second.ts";
import type { ReceiverCounts } from "../metrics/broadcast/receiver-counts.ts";
import { SpanCollector } from "../metrics/broadcast/span-collector.ts";
import { span } from "../metrics/broadcast/span-rows.ts";
import { phase } from "../metrics/snapshot.ts";
import { TimeCounts } from "../metrics/time-counts.ts";
import type { BroadcastMeasured, ReceiverMeasured } from "../results/build/delivered.ts";
import type { FromReceivers, MembershipSpan } from "./protocol.ts";

/** What may have kept receivers from running; all times of the monotonic clock, ns. */
export interface DisturbedTimes {
  /** Whether the machine did so in that time. */
  isMachineDisturbed(fromNs: number, toNs: number): boolean;
  /** The most that one of their threads lost in that time. */
  mostLostNs(fromNs: number, toNs: number): number;
}

/**
 * Combines the reports of a broadcast's processes: the spread of each datagram between its first and
 * its last receiver, and what was sent while each receiver that joins and leaves was joined.
 */
export class ReceiverCollector {
  readonly #spans: SpanCollector;
  readonly #spread = new TimeCounts();
  /** Of `#spread`: what was disturbed, and the same less what that can have cost at most. */
  readonly #disturbedSpread = new TimeCounts();
  readonly #creditedSpread = new TimeCounts();
  readonly #disturbed: DisturbedTimes;
  /** By receiver; the memberships of one that joins and leaves, in order. */
  readonly #memberships: readonly MembershipSpan[][];
  /** Datagrams sent while the receiver was joined, by receiver. */
  readonly #due: Float64Array;
  readonly #receivers: ReceiverMeasured[] = [];
  /** Receivers that join and leave. */
  #comers: readonly number[] = [];
  #datagrams = 0;
  #arrivals: readonly number[] | null = [];

  constructor(senders: number, receivers: number, disturbed: DisturbedTimes) {
    this.#disturbed = disturbed;
    this.#spans = new SpanCollector(senders, (rows, at) => this.#take(rows, at));
    this.#memberships = Array.from({ length: receivers }, () => []);
    this.#due = new Float64Array(receivers);
  }

  add({ spans, memberships }: FromReceivers & { type: "received" }): void {
    for (const membership of memberships) {
      const own = this.#memberships[membership.receiver] as MembershipSpan[];
      own[membership.membership] = membership;
    }
    if (memberships.length > 0) {
      this.#comers = this.#memberships.flatMap((own, receiver) =>
        own.length > 0 ? [receiver] : [],
      );
    }
    this.#spans.add(spans);
  }

  /** @param process its number, from 0 */
  reports(
    process: number,
    reports: readonly ReceiverCounts[],
    arrivals: readonly number[] | null,
  ): void {
    this.#arrivals = addArrivals(this.#arrivals, arrivals);
    for (const report of reports) {
      this.#receivers.push({ ...report, process, rejoins: false, due: null });
    }
  }

  /** No more reports will arrive. */
  end(): void {
    this.#spans.end();
  }

  /** Available after `end`. */
  get measured(): BroadcastMeasured {
    const receivers = this.#receivers.map((receiver): ReceiverMeasured => {
      const rejoins = this.#comers.includes(receiver.receiver);
      return {
        ...receiver,
        rejoins,
        due: rejoins ? (this.#due[receiver.receiver] as number) : null,
      };
    });
    return {
      receivers: receivers.sort((a, b) => a.receiver - b.receiver),
      datagrams: this.#datagrams,
      spread: this.#spread.counts(),
      disturbedSpread: this.#disturbedSpread.counts(),
      creditedSpread: this.#creditedSpread.counts(),
      lateRows: this.#spans.late,
      arrivals: this.#receivers.length === 0 ? null : this.#arrivals,
    };
  }

  #take(rows: Float64Array, at: number): void {
    this.#datagrams++;
    if (rows[at + span.phase] === phase.steady && (rows[at + span.receivers] as number) > 1) {
      this.#takeSpread(rows, at);
    }
    const sentNs = rows[at + span.sentNs] as number;
    for (const receiver of this.#comers) {
      if (this.#wasThere(receiver, sentNs)) {
        this.#due[receiver] = (this.#due[receiver] as number) + 1;
      }
    }
  }

  /** A row is handed out long after: all is known that may have disturbed it. */
  #takeSpread(rows: Float64Array, at: number): void {
    const sentNs = rows[at + span.sentNs] as number;
    const lastNs = rows[at + span.lastNs] as number;
    const spreadNs = lastNs - (rows[at + span.firstNs] as number);
    this.#spread.record(spreadNs);
    const hasPaused = (rows[at + span.disturbed] as number) > 0;
    if (!hasPaused && !this.#disturbed.isMachineDisturbed(sentNs, lastNs)) return;
    this.#disturbedSpread.record(spreadNs);
    this.#creditedSpread.record(spreadNs - this.#disturbed.mostLostNs(sentNs, lastNs));
  }

  #wasThere(receiver: number, sentNs: number): boolean {
    const memberships = this.#memberships[receiver] as MembershipSpan[];
    for (let membership = memberships.length - 1; membership >= 0; membership--) {
      const { joinedNs, leftNs } = memberships[membership] as MembershipSpan;
      if (sentNs >= joinedNs) return sentNs < leftNs;
    }
    return false;
  }
}
