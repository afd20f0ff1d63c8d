import type { Peer } from "../../io/io.ts";
import type { ClosePolicy } from "./close-policy.ts";
import type { DelayLine } from "./delay-line.ts";
import type { Loss } from "./loss.ts";
import type { ReplyWriter } from "./reply-writer.ts";

/** Sends the replies of every built-in server that answers, with the faults that are configured. */
export class Replies {
  readonly #replyWriter: ReplyWriter;
  /** null: nothing is ever delayed. */
  readonly #line: DelayLine | null;
  readonly #loss: Loss;
  readonly #closePolicy: ClosePolicy;

  constructor(
    replyWriter: ReplyWriter,
    line: DelayLine | null,
    loss: Loss,
    closePolicy: ClosePolicy,
  ) {
    this.#replyWriter = replyWriter;
    this.#line = line;
    this.#loss = loss;
    this.#closePolicy = closePolicy;
  }

  /**
   * Answers a request that arrived at `nowNs` with `bytes[start, end)`; the array belongs to the caller
   * again on return, unless `stable`.
   *
   * @param peer   UDP: where to send the reply; TCP: null
   * @param stable whether the bytes never change, so that they need no copy
   * @param last   TCP: whether the connection is closed after the reply
   */
  reply(
    slot: number,
    peer: Peer | null,
    bytes: Uint8Array,
    start: number,
    end: number,
    stable: boolean,
    last: boolean,
    nowNs: number,
  ): void {
    if (this.#loss.next()) return;
    const ends = this.#closePolicy.count(slot) || last;
    if (ends) this.#closePolicy.end(slot);
    if (this.#line === null) this.#replyWriter.send(slot, peer, bytes, start, end, stable, ends);
    else this.#line.send(slot, peer, bytes, start, end, stable, ends, nowNs);
  }
}
