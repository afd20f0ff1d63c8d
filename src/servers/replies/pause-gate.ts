import { doubleZero } from "../../base/v8-double.ts";
import type { Pause } from "./pause.ts";
import { type ReadPauses, readPauseReason } from "./read-pauses.ts";

/** About what Linux charges a UDP socket for a small datagram beside its bytes. */
const datagramOverheadBytes = 768;
/** About the kernel's default receive buffer (net.core.rmem_default). */
const receiveBufferBytes = 208 * 1024;

/**
 * Lets a pausing server read as little as a truly paused one.
 *
 * TCP: a connection that brings something during a pause is paused until its end, so that what
 * follows stays in the kernel and flow control sets in; pausing only those costs nothing for idle
 * ones. UDP sockets cannot be paused: of what arrives during a pause, as much is let through as
 * would have waited in a receive buffer, and the rest is lost as it would have been there.
 */
export class PauseGate {
  readonly #pause: Pause | null;
  readonly #readPauses: ReadPauses;
  #paused: number[] = [];
  /** End of the pause that was last seen running. */
  #endNs = doubleZero;
  #bufferedBytes = 0;

  constructor(pause: Pause | null, readPauses: ReadPauses) {
    this.#pause = pause;
    this.#readPauses = readPauses;
  }

  /** TCP: slot brought something. */
  came(slot: number, nowNs: number): void {
    if (!this.#isPaused(nowNs)) return;
    if (this.#readPauses.add(slot, readPauseReason.paused)) this.#paused.push(slot);
  }

  /** UDP: a datagram of that length came. @returns whether it is there when the server reads on */
  holds(bytes: number, nowNs: number): boolean {
    if (!this.#isPaused(nowNs)) return true;
    this.#bufferedBytes += bytes + datagramOverheadBytes;
    return this.#bufferedBytes <= receiveBufferBytes;
  }

  /** Reads on, when the pause is over. */
  tick(nowNs: number): void {
    if (this.#paused.length === 0 || nowNs < this.#endNs) return;
    for (const slot of this.#paused) this.#readPauses.remove(slot, readPauseReason.paused);
    this.#paused = [];
  }

  /** When `tick` next has something to do, ns. */
  nextDeadlineNs(nowNs: number): number {
    return this.#pause === null ? Number.POSITIVE_INFINITY : this.#pause.nextEndNs(nowNs);
  }

  #isPaused(nowNs: number): boolean {
    if (this.#pause === null) return false;
    const endNs = this.#pause.releaseNs(nowNs);
    if (endNs === nowNs) return false;
    if (endNs !== this.#endNs) {
      this.#endNs = endNs;
      this.#bufferedBytes = 0;
    }
    return true;
  }
}
