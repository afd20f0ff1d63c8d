import { doubleZero } from "../../base/v8-double.ts";
import { type Pauses, pauseReason } from "./pauses.ts";
import type { Stall } from "./stall.ts";

/** About what Linux charges a UDP socket for a small datagram beside its bytes. */
const datagramOverheadBytes = 768;
/** About the kernel's default receive buffer (net.core.rmem_default). */
const receiveBufferBytes = 208 * 1024;

/**
 * Lets a stalling server read as little as a truly stalled one.
 *
 * TCP: a connection that brings something during a stall is paused until its end, so that what
 * follows stays in the kernel and flow control sets in; pausing only those costs nothing for idle
 * ones. UDP sockets cannot be paused: of what arrives during a stall, as much is let through as
 * would have waited in a receive buffer, and the rest is lost as it would have been there.
 */
export class StallGate {
  readonly #stall: Stall | null;
  readonly #pauses: Pauses;
  #paused: number[] = [];
  /** End of the stall that was last seen running. */
  #endNs = doubleZero;
  #bufferedBytes = 0;

  constructor(stall: Stall | null, pauses: Pauses) {
    this.#stall = stall;
    this.#pauses = pauses;
  }

  /** TCP: slot brought something. */
  came(slot: number, nowNs: number): void {
    if (!this.#stalls(nowNs)) return;
    if (this.#pauses.add(slot, pauseReason.stalled)) this.#paused.push(slot);
  }

  /** UDP: a datagram of that length came. @returns whether it is there when the server reads on */
  holds(bytes: number, nowNs: number): boolean {
    if (!this.#stalls(nowNs)) return true;
    this.#bufferedBytes += bytes + datagramOverheadBytes;
    return this.#bufferedBytes <= receiveBufferBytes;
  }

  /** Reads on, when the stall is over. */
  tick(nowNs: number): void {
    if (this.#paused.length === 0 || nowNs < this.#endNs) return;
    for (const slot of this.#paused) this.#pauses.remove(slot, pauseReason.stalled);
    this.#paused = [];
  }

  /** When `tick` next has something to do, ns. */
  nextDeadlineNs(nowNs: number): number {
    return this.#stall === null ? Number.POSITIVE_INFINITY : this.#stall.nextEndNs(nowNs);
  }

  #stalls(nowNs: number): boolean {
    if (this.#stall === null) return false;
    const endNs = this.#stall.releaseNs(nowNs);
    if (endNs === nowNs) return false;
    if (endNs !== this.#endNs) {
      this.#endNs = endNs;
      this.#bufferedBytes = 0;
    }
    return true;
  }
}
