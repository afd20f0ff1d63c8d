import type { MessageKey } from "../../messages/message.ts";
import type { Expired } from "../connections/reopening.ts";

/** What a pattern does when an exchange of a slot is over. */
export interface RepliesUser {
  /** The slot may send again. */
  concluded(slot: number, nowNs: number): void;
  /**
   * Nobody knows which reply comes next on the slot's connection.
   *
   * @param expired the exchange that has timed out; null: none has
   */
  broken(
    slot: number,
    cause: "timeout" | "malformed" | "unsolicited",
    expired: Expired | null,
  ): void;
  /** The target ends the connection after the reply that has just been settled. */
  closing(slot: number): void;
  /** The key of the message that was sent for an exchange, as it was then; valid until the next call. */
  keyOf(slot: number, sequence: number): MessageKey;
}
