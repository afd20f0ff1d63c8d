import type { Moment } from "../../metrics/snapshot.ts";

/** What a pattern does when an exchange of a slot is over. */
export interface RepliesUser {
  /** The slot may send again. */
  concluded(slot: number, nowNs: number): void;
  /**
   * Nobody knows which reply comes next on the slot's connection.
   *
   * @param at phase of the exchange that it is due to
   */
  broken(slot: number, cause: "timeout" | "malformed" | "unsolicited", at: Moment): void;
  /** The target ends the connection after the reply that has just been settled. */
  closing(slot: number): void;
  /** Source of the slot's connection as "address:port". */
  sourceOf(slot: number): string;
}
