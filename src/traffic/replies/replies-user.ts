import type { MessageKey } from "../../messages/message.ts";
import type { Expired } from "../connections/reopening.ts";
import type { Outcomes } from "./outcomes.ts";

/** What a pattern does when an exchange of a slot is over. */
export interface RepliesUser {
  /** The slot may send again. */
  concluded(slot: number, nowNs: number): void;
  /**
   * Nobody knows which reply comes next on the slot's connection.
   *
   * @param expired the exchange that has timed out; null: none has
   */
  broken(slot: number, cause: BreakCause, expired: Expired | null): void;
  /** The target ends the connection after the reply that has just been settled. */
  closing(slot: number): void;
  /** The key of the message that was sent for an exchange, as it was then; valid until the next call. */
  keyOf(slot: number, sequence: number): MessageKey;
}

export type BreakCause = "timeout" | "malformed" | "unsolicited" | "unexpected";

/** What is received on connections that exchange messages, of one message each or of several. */
export interface ExchangeReplies {
  readonly outcomes: Outcomes;
  /** Whether a late reply cannot be taken for another's, so that connections stay in use after a time-out. */
  readonly tellApart: boolean;
  /** Whether the slot's last reply is still in doubt. */
  isHeld(slot: number): boolean;
  /** Takes the reply that has been doubted for longest for one, as its connection is needed. @returns whether there was one */
  release(nowNs: number): boolean;
  /** The slot's connection has ended: what was doubted was the reply, as no other can come. */
  settleHeld(slot: number): void;
  /** Whether a reply on the slot is incomplete. */
  isAmid(slot: number): boolean;
  /** Whether an exchange was answered on the slot's connection. */
  hasAnswered(slot: number): boolean;
  /** An exchange's message leaves on the slot. @param passed whether the slot's transport takes more */
  sent(slot: number, passed: boolean): void;
  /** The slot has a new connection. */
  opened(slot: number): void;
  received(slot: number, bytes: Uint8Array, start: number, end: number, nowNs: number): void;
  /** The target has ended the slot's connection in order, which may complete a reply. */
  ended(slot: number, nowNs: number): void;
  /** The slot's transport takes more. */
  drained(slot: number, nowNs: number): void;
  /** Does what is due. @returns when something is due next */
  resume(nowNs: number): number;
  /** Looks for what is overdue, where it is time to. */
  sweep(nowNs: number): void;
  /** Expires what is late on the slots `[from, to)`. */
  expire(from: number, to: number, nowNs: number): void;
  /** The slot's exchanges in flight fail. @param own whether we end their connection */
  failed(slot: number, code: string, own: boolean): void;
}
