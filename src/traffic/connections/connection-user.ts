import type { Peer } from "../../io/io.ts";
import type { OpeningFactory } from "../steps/create-steps.ts";

/** What a pattern does with its connections. */
export interface ConnectionUser {
  /** The connection is open (again). */
  ready(slot: number, nowNs: number): void;
  received(slot: number, bytes: Uint8Array, start: number, end: number, nowNs: number): void;
  receivedFrom(
    slot: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    peer: Peer,
    nowNs: number,
  ): void;
  drained(slot: number, nowNs: number): void;
  /**
   * A connection that was open has ended.
   *
   * @param code errno name, or null for an end in order
   * @param own  whether we closed it
   * @returns    true for a connection to be opened again at once, as its end is not a failure
   */
  lost(slot: number, code: string | null, own: boolean, nowNs: number): boolean;
  /**
   * UDP: nothing listens where the flow sent to (ICMP).
   *
   * @returns whether that is the failure of an exchange, and counted
   */
  refused?(slot: number, code: string, nowNs: number): boolean;
  /** An attempt to open, or one of its steps, has failed (it is counted already) and will not be made again. */
  failed(slot: number, code: string, nowNs: number): void;
}

/** How a pattern's connections come to be. */
export interface ConnectionPlan {
  readonly slots: number;
  /** Index in the flow space of the tuple that the slot opens next. */
  readonly tuple: (slot: number) => number;
  /** The tuple that the slot's connection has, or had last. */
  readonly client: (slot: number) => number;
  /** Number of the slot's connection in its workload. */
  readonly connection: (slot: number) => number;
  /** What it goes through before it counts as open; null: nothing. */
  readonly steps: OpeningFactory | null;
  /** Called with each new connection of a slot, and its number, before anything else; null: nobody wants to know. */
  readonly reset: ((slot: number, connection: number) => void) | null;
  /** Whether what the target closes, or what could not be opened later on, is opened again. */
  readonly reconnect: boolean;
  /** Whether `tuple` gives another one at each call. */
  readonly walks?: boolean;
}
