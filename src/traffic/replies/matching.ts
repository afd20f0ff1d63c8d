import type { ReplyIds } from "../../messages/ids.ts";
import { foreign } from "./datagram-replies.ts";
import { type Exchanges, outcome } from "./exchanges.ts";
import { isSame } from "./reply-habit.ts";

/** Which exchange a reply itself says that it answers: by an id, or by repeating its request. */
export class Matching {
  readonly #exchanges: Exchanges;
  readonly #ids: ReplyIds | null;
  readonly #firstConnection: number;
  readonly #request: (slot: number, sequence: number) => Uint8Array;
  /** Without ids: whether the latest reply repeats its request; also where that is not known. */
  isMatched = false;

  /**
   * @param ids             the ids of replies; null: they repeat their request
   * @param firstConnection number of slot 0's connection
   * @param request         the request of an exchange, valid until the next call
   */
  constructor(
    exchanges: Exchanges,
    ids: ReplyIds | null,
    firstConnection: number,
    request: (slot: number, sequence: number) => Uint8Array,
  ) {
    this.#exchanges = exchanges;
    this.#ids = ids;
    this.#firstConnection = firstConnection;
    this.#request = request;
  }

  /**
   * Finds the exchange of a reply, bytes `[start, end)`, which are empty where it came in pieces.
   *
   * @returns its sequence. With ids, `foreign` where there is none. Without, usually the first in flight, which is also
   *          taken for a reply that repeats no request, or whose bytes are not known; -1 where none is in flight
   */
  find(slot: number, bytes: Uint8Array, start: number, end: number, totalBytes: number): number {
    const exchanges = this.#exchanges;
    if (this.#ids !== null) {
      const connection = this.#firstConnection + slot;
      const found = this.#ids.sequenceOf(bytes, start, end, connection, exchanges.next(slot), slot);
      return found < 0 ? foreign : found;
    }
    const first = exchanges.firstInFlight(slot);
    this.isMatched =
      end - start !== totalBytes ||
      (first >= 0 && isSame(this.#request(slot, first), bytes, start, end));
    if (this.isMatched) return first;
    let found = first < 0 ? -1 : this.#repeated(slot, first + 1, true, bytes, start, end);
    if (found < 0) found = this.#repeated(slot, exchanges.oldest(slot), false, bytes, start, end);
    this.isMatched = found >= 0;
    return this.isMatched ? found : first;
  }

  /** The first exchange, from one on, whose request a reply repeats, of those in flight or of the others; -1: none. */
  #repeated(
    slot: number,
    from: number,
    inFlight: boolean,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number {
    const exchanges = this.#exchanges;
    const next = exchanges.next(slot);
    for (let sequence = from; sequence < next; sequence++) {
      const isLooked = (exchanges.outcomeOf(slot, sequence) === outcome.inFlight) === inFlight;
      if (isLooked && isSame(this.#request(slot, sequence), bytes, start, end)) return sequence;
    }
    return -1;
  }
}
