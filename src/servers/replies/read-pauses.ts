import type { Transport } from "../../io/io.ts";

/** Why a connection is not read; several reasons can apply at once. */
export const readPauseReason = {
  /** The client does not read its replies: those already queued must go out first. */
  blocked: 1,
  /** Too many of its replies wait to be due. */
  crowded: 2,
  /** The server pauses. */
  paused: 4,
} as const;
export type ReadPauseReason = (typeof readPauseReason)[keyof typeof readPauseReason];

/** Reads a connection only while there is no reason against it. */
export class ReadPauses {
  readonly #transport: Transport;
  /** Set of reasons, by slot. */
  readonly #reasons: Uint8Array;

  constructor(transport: Transport, slots: number) {
    this.#transport = transport;
    this.#reasons = new Uint8Array(slots);
  }

  /** @returns whether the reason is new */
  add(slot: number, reason: ReadPauseReason): boolean {
    const before = this.#reasons[slot] as number;
    if ((before & reason) !== 0) return false;
    if (before === 0) this.#transport.pause(slot);
    this.#reasons[slot] = before | reason;
    return true;
  }

  remove(slot: number, reason: ReadPauseReason): void {
    const before = this.#reasons[slot] as number;
    if ((before & reason) === 0) return;
    const after = before & ~reason;
    this.#reasons[slot] = after;
    if (after === 0) this.#transport.resume(slot);
  }

  /** The connection has ended. */
  reset(slot: number): void {
    this.#reasons[slot] = 0;
  }
}
