/**
 * Messages between the coordinator and a process of receivers (child-process IPC, advanced
 * serialisation), and between that process and its threads, which speak the same. The process ends at
 * once when the channel closes.
 *
 *     coordinator                  process of receivers (broadcast/main.ts)
 *     listen {...}             ->
 *                              <-  listening                   all are bound, or  failed {code, message}
 *                              <-  received {spans, memberships}        some times a second
 *     stop                     ->                              takes in what has come, then
 *                              <-  received {...}, reports {...}  and exits 0
 */
import type { Endpoint } from "../address/flow.ts";
import type { FlowSpaceSpec } from "../address/flow-space.ts";
import type { IoKind } from "../base/io-kind.ts";
import type { ReceiverCounts } from "../metrics/broadcast/receiver-counts.ts";

/** What listens where, in one process or one of its threads. */
export interface ListenRequest {
  /** Index of the workload in the plan, as it stands in stamps. */
  readonly workload: number;
  /** Senders have the numbers 0 to senders - 1, and each its place in the space: no other's datagrams count. */
  readonly senders: number;
  readonly space: FlowSpaceSpec;
  /** Where every receiver is bound; several share it. */
  readonly endpoint: Endpoint;
  /** The multicast group that they join, or null. */
  readonly group: string | null;
  readonly io: IoKind;
  /** ReceiverSockets of the process are spread over as many. */
  readonly threads: number;
  readonly receivers: readonly ReceiverPlan[];
}

export interface ReceiverPlan {
  /** Its number in the workload, from 0. */
  readonly receiver: number;
  /** Null for one that memberships all the time. */
  readonly membership: Membership | null;
}

/** How a receiver comes and goes: it is there from the begin, for `firstJoinedNs`, then in turns. */
export interface Membership {
  readonly firstJoinedNs: number;
  readonly joinedForNs: number;
  readonly leftForNs: number;
}

/** A time for which a receiver was there: what was sent in it was for it. Monotonic clock. */
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
  | { readonly type: "stop" };

export type FromReceivers =
  | { readonly type: "listening" }
  | { readonly type: "failed"; readonly code: string; readonly message: string }
  | {
      readonly type: "received";
      /** Rows as in metrics/broadcast/span-rows.ts. */
      readonly spans: Float64Array;
      /** Those that begun or ended since the last time. */
      readonly memberships: readonly MembershipSpan[];
    }
  | { readonly type: "reports"; readonly reports: readonly ReceiverCounts[] };

/**
 * Cuts a list into parts, in order, whose lengths differ by at most 1.
 *
 * @param parts integer >= 1; parts that would be empty are left out
 */
export function spread<T>(items: readonly T[], parts: number): readonly (readonly T[])[] {
  const cut = (part: number) => Math.floor((part * items.length) / parts);
  return Array.from({ length: parts }, (_, part) => items.slice(cut(part), cut(part + 1))).filter(
    (part) => part.length > 0,
  );
}
