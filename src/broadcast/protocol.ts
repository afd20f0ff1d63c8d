/**
 * Messages between the coordinator and a process of receivers (child-process IPC, advanced
 * serialisation), and between that process and its threads, which use the same messages. The process
 * exits at once when the channel closes.
 *
 *     coordinator                  process of receivers (broadcast/main.ts)
 *     listen {...}             ->
 *                              <-  listening                   all are bound, or  failed {code, message}
 *                              <-  received {spans, memberships}        several times a second
 *                              <-  interval {...}, pauses {...}         each thread's, four times a second
 *     steady {...}             ->                              when its steady state is
 *     stop                     ->                              reads what has arrived, then
 *                              <-  received {...}, reports {...}  and exits 0
 */
import type { Endpoint } from "../address/flow.ts";
import type { FlowSpaceSpec } from "../address/flow-space.ts";
import type { IoKind } from "../base/io-kind.ts";
import type { DeliveryInterval } from "../metrics/broadcast/interval-latency.ts";
import type { ReceiverCounts } from "../metrics/broadcast/receiver-counts.ts";
import type { Pause } from "../metrics/disturbance/disturbance.ts";

/** Which receivers listen where, in one process or one of its threads. */
export interface ListenRequest {
  /** Index of the workload in the plan, as in stamps. */
  readonly workload: number;
  /** Of the run, as in stamps. */
  readonly stampTag: number;
  /** Senders are numbered 0 to senders - 1, each with its place in the space: only their datagrams count. */
  readonly senders: number;
  readonly space: FlowSpaceSpec;
  /** Where every receiver is bound; all of them share it. */
  readonly endpoint: Endpoint;
  /** The multicast group that they join, or null. */
  readonly group: string | null;
  readonly io: IoKind;
  /** Number of threads over which the process spreads its receivers. */
  readonly threads: number;
  /** The number of the first of them where pauses are noted: see `receiverThreads`. */
  readonly firstThread: number;
  readonly receivers: readonly ReceiverPlan[];
}

export interface ReceiverPlan {
  /** Its number in the workload, from 0. */
  readonly receiver: number;
  /** Null for one that stays joined all the time. */
  readonly membership: Membership | null;
}

/** How a receiver joins and leaves: joined from the start for `firstJoinedNs`, then left and joined in turns. */
export interface Membership {
  readonly firstJoinedNs: number;
  readonly joinedForNs: number;
  readonly leftForNs: number;
}

/** A time for which a receiver was joined: what was sent during it was for the receiver. Monotonic clock. */
export interface MembershipSpan {
  readonly receiver: number;
  /** Number of the membership, from 0. */
  readonly membership: number;
  readonly joinedNs: number;
  /** Infinity while it lasts. */
  readonly leftNs: number;
}

export type ToReceivers =
  | { readonly type: "listen"; readonly request: ListenRequest }
  /** Monotonic clock, ns; `toNs` is Infinity where the end is not known. */
  | { readonly type: "steady"; readonly fromNs: number; readonly toNs: number }
  | { readonly type: "stop" };

export type FromReceivers =
  /** `threads`: those that have the sockets as "pid/thread" in /proc, where the system has that. */
  | { readonly type: "listening"; readonly threads: readonly string[] }
  | { readonly type: "failed"; readonly code: string; readonly message: string }
  | {
      readonly type: "received";
      /** Rows as in metrics/broadcast/span-rows.ts. */
      readonly spans: Float64Array;
      /** Those that began or ended since the last message. */
      readonly memberships: readonly MembershipSpan[];
    }
  | { readonly type: "interval"; readonly interval: DeliveryInterval }
  | { readonly type: "pauses"; readonly pauses: readonly Pause[] }
  | {
      readonly type: "reports";
      readonly reports: readonly ReceiverCounts[];
      /** Deliveries to all of them by the second of steady state; null where that was not announced. */
      readonly arrivals: readonly number[] | null;
    };
