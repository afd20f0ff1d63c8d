import type { ReplyCheck } from "../../framing/reply-check.ts";
import type { RequestParts } from "../request-parts.ts";
import type { Exchanges } from "./exchanges.ts";
import type { RepliesUser } from "./replies-user.ts";

/** The requests of exchanges: written once more, to compare their replies with, and which of several messages they are. */
export class Requests {
  readonly #exchanges: Exchanges;
  readonly #parts: RequestParts;
  readonly #user: RepliesUser;
  readonly #firstConnection: number;

  /** @param firstConnection number of slot 0's connection */
  constructor(
    exchanges: Exchanges,
    parts: RequestParts,
    user: RepliesUser,
    firstConnection: number,
  ) {
    this.#exchanges = exchanges;
    this.#parts = parts;
    this.#user = user;
    this.#firstConnection = firstConnection;
  }

  /** Valid until the next call. */
  bytes(slot: number, sequence: number): Uint8Array {
    return this.#parts.sender.request(this.#user.keyOf(slot, sequence));
  }

  length(slot: number, sequence: number): number {
    return this.#parts.sender.requestBytes(this.#user.keyOf(slot, sequence));
  }

  /** Index of the message of a mix; 0 where there is one. */
  messageOf(slot: number, sequence: number): number {
    return this.#parts.mix?.of(this.#firstConnection + slot, sequence) ?? 0;
  }

  checkOf(slot: number, sequence: number): ReplyCheck {
    const { mix, check } = this.#parts;
    return mix === null ? check : mix.checkOf(this.#firstConnection + slot, sequence);
  }

  /** Length of the request that the next reply of the slot answers, for `framing: echo`. */
  awaitedLength(slot: number): number {
    return this.#parts.sender.fixedBytes ?? this.length(slot, this.#awaited(slot));
  }

  /** Which message that is. */
  awaitedMessage(slot: number): number {
    return this.messageOf(slot, this.#awaited(slot));
  }

  #awaited(slot: number): number {
    const first = this.#exchanges.firstInFlight(slot);
    return first < 0 ? this.#exchanges.next(slot) : first;
  }
}
