import { doubleZero } from "../../base/v8-double.ts";
import type { Pause } from "./pause.ts";
import { type ReadPauses, readPauseReason } from "./read-pauses.ts";

/** Roughly what Linux charges a UDP socket for a small datagram in addition to its bytes. */
const datagramOverheadBytes = 768;
/** Roughly the kernel's default receive buffer (net.core.rmem_default). */
const receiveBufferBytes = 208 * 1024;

/**
 * Lets a server with simulated pauses read as little as one that really pauses.
 *
 * TCP: reading from a connection that receives something during a pause is paused until its end, so that
 * what follows stays in the kernel and flow control applies; pausing only those costs nothing for idle
 * ones. UDP sockets cannot be paused: of the datagrams that arrive during a pause, as many are let through
 * as would have waited in a receive buffer, and the rest are dropped as they would have been there.
 */
export class PauseGate {
  readonly #pause: Pause | null;
  readonly #readPauses: ReadPauses;
  #paused: number[] = [];
  /** End of the last pause that was seen running. */
  #endNs = doubleZero;
  #bufferedBytes = 0;

  constructor(pause: Pause | null, readPauses: ReadPauses) {
    this.#pause = pause;
    this.#readPauses = readPauses;
  }

  /** TCP: a slot received something. */
  came(slot: number, nowNs: number): void {
    if (!this.#isPaused(nowNs)) return;
    if (this.#readPauses.add(slot, readPauseReason.paused)) this.#paused.push(slot);
  }

  /** UDP: a datagram of that length arrived. @returns whether it would still be there after the pause */
  holds(bytes: number, nowNs: number): boolean {
    if (!this.#isPaused(nowNs)) return true;
    this.#bufferedBytes += bytes + datagramOverheadBytes;
    return this.#bufferedBytes <= receiveBufferBytes;
  }

  /** Resumes reading when the pause is over. */
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
