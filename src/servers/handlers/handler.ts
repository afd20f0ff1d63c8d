import type { Peer } from "../../io/io.ts";
import type { BuiltinOptions } from "../../scenario/scenario.ts";
import type { ClosePolicy } from "../replies/close-policy.ts";
import type { Loss } from "../replies/loss.ts";
import type { Replies } from "../replies/replies.ts";
import type { ReplyWriter } from "../replies/reply-writer.ts";
import type { Tally } from "../replies/tally.ts";
import type { WorkloadTally } from "../workload-tally.ts";

/** What a built-in server does with the data it receives; everything else is shared between servers. */
export interface Handler {
  /**
   * TCP: bytes of a connection; UDP: a datagram from `peer`, whose slot is the server's socket. The
   * array is the transport's and is overwritten after the call.
   */
  received(
    slot: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    peer: Peer | null,
    nowNs: number,
  ): void;
  /** TCP: the connection has ended; discard what was kept of it. */
  reset(slot: number): void;
}

/** What a handler works with. */
export interface HandlerContext {
  readonly options: BuiltinOptions;
  /** Slots 0 to slots - 1 exist. */
  readonly slots: number;
  readonly replies: Replies;
  readonly replyWriter: ReplyWriter;
  readonly closePolicy: ClosePolicy;
  readonly loss: Loss;
  readonly tally: Tally;
  readonly workloads: WorkloadTally;
}

/** What makes a built-in server's handler. */
export type CreateHandler = (context: HandlerContext) => Handler;
