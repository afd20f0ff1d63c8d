/** What a result says of those who received what was sent to many. */
import type { Histogram } from "../metrics/histogram.ts";

/** A receiver of a broadcast, over the whole run; one that joins and leaves, while it was a member. */
export interface ReceiverResult {
  /** Its number, from 0, and that of its process. */
  readonly receiver: number;
  readonly process: number;
  readonly rejoins: boolean;
  /** Times that it joined. */
  readonly memberships: number;
  /** Distinct datagrams. */
  readonly received: number;
  /** Of those sent while it was a member; null with contrast, where it gets all or nothing. */
  readonly lost: number | null;
  readonly duplicated: number;
  readonly reordered: number;
  /** Datagrams that were not of this workload. */
  readonly foreign: number;
  readonly deliveryLatency: Histogram;
}

/** What the subscribers of a workload received of what was published while they were there; see docs/subscribing.md. */
export interface SubscriptionResult {
  /** Names of the workloads that publish. */
  readonly publishers: readonly string[];
  /** Messages that they sent. */
  readonly published: number;
  /** Deliveries that were due, and distinct messages that came; `exchanges.lost` is what did not. */
  readonly due: number;
  readonly received: number;
  readonly subscribers: number;
  /** Of these: those that were there for all that was published, and those that received all that was due to them, once. */
  readonly throughout: number;
  readonly complete: number;
  /** Stamps of other runs, or of workloads that do not publish to these subscribers. */
  readonly foreign: number;
  /** Those that did not receive all, or received some again, the worst first; at most 100. */
  readonly incomplete: readonly {
    /** Its number, from 0, and its address and port. */
    readonly subscriber: number;
    readonly source: string;
    readonly due: number;
    readonly received: number;
    readonly lost: number;
    readonly duplicated: number;
    readonly reordered: number;
  }[];
}

export interface ContrastResult {
  /** Where it was sent to. */
  readonly address: string;
  readonly receiversReached: number;
  /** pass: exactly one receiver got everything that was sent. */
  readonly verdict: "pass" | "fail";
}
