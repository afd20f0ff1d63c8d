import type { Peer } from "../../io/io.ts";
import type { Endings } from "./close-after.ts";
import type { DelayLine } from "./delay-line.ts";
import type { Loss } from "./loss.ts";
import type { Outlet } from "./reply-writer.ts";

/** The way out of every built-in server that answers, with the faults it was asked to show. */
export class Replies {
  readonly #outlet: Outlet;
  /** null: nothing is ever delayed. */
  readonly #line: DelayLine | null;
  readonly #loss: Loss;
  readonly #endings: Endings;

  constructor(outlet: Outlet, line: DelayLine | null, loss: Loss, endings: Endings) {
    this.#outlet = outlet;
    this.#line = line;
    this.#loss = loss;
    this.#endings = endings;
  }

  /**
   * Answers a request that came at `nowNs` with `bytes[start, end)`; the array is the caller's again
   * on return, unless `stable`.
   *
   * @param peer   UDP: whom to answer; TCP: null
   * @param stable whether the bytes stay as they are for ever, so that they need no copy
   * @param last   TCP: whether the connection is closed behind the reply
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
    const ends = this.#endings.count(slot) || last;
    if (ends) this.#endings.end(slot);
    if (this.#line === null) this.#outlet.send(slot, peer, bytes, start, end, stable, ends);
    else this.#line.send(slot, peer, bytes, start, end, stable, ends, nowNs);
  }
}
