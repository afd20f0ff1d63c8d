import { DelayRing } from "../delay-queue.ts";
import type { TrafficContext } from "../traffic.ts";

/** Slots that pause between the exchanges of a session. */
export class SessionPauses {
  readonly #context: TrafficContext;
  readonly #ring: DelayRing;
  /** By slot: when its pause ends; what stands in the ring with another time has ended since. */
  readonly #endNs: Float64Array;

  constructor(context: TrafficContext) {
    const slots = context.portion.connections;
    this.#context = context;
    this.#ring = new DelayRing(context.workload.thinkNs > 0 ? slots : 0);
    this.#endNs = new Float64Array(slots);
  }

  begin(slot: number, untilNs: number): void {
    if (this.#ring.isEmpty) this.#context.io.wake();
    this.#ring.push(slot, untilNs);
    this.#endNs[slot] = untilNs;
  }

  /** The slot's connection has ended. */
  forget(slot: number): void {
    this.#endNs[slot] = 0;
  }

  /** When the next pause ends; Infinity: there is none. */
  get nextNs(): number {
    return this.#ring.nextNs;
  }

  /** @returns the slot whose pause ends next, which must exist; -1: its connection has ended since */
  take(): number {
    const dueNs = this.#ring.nextNs;
    const slot = this.#ring.take();
    if (this.#endNs[slot] !== dueNs) return -1;
    this.#endNs[slot] = 0;
    return slot;
  }
}
