import type { ReplyExample } from "../../metrics/wrong-replies.ts";
import type { Outcomes } from "./outcomes.ts";

/** A doubted reply is waited with at least so long, and so many times the longest service time so far. */
const leastWaitNs = 100e6;
const waitPerService = 10;

/** A reply that may be none. */
export interface Doubted {
  readonly sequence: number;
  readonly receivedNs: number;
  /** When the kernel had received it; NaN: not known. */
  readonly kernelNs?: number;
  /** Of its error, where `expect` refuses it. */
  readonly code: string | null;
  /** What came. */
  readonly example: ReplyExample;
}

interface Waiting extends Doubted {
  readonly untilNs: number;
}

/**
 * Replies that stand out: refused by `expect`, or unlike all before them (ReplyHabit). Each may be the reply to the only
 * request in flight on its connection, or a greeting that is followed by that reply. So the connection sends nothing for
 * a while; what comes next decides. Nothing comes: it was the reply, with the time at which it had come, and none is
 * doubted any more.
 */
export class DoubtedReplies {
  readonly #bySlot = new Map<number, Waiting>();
  readonly #timeoutNs: number;

  constructor(timeoutNs: number) {
    this.#timeoutNs = timeoutNs;
  }

  get isEmpty(): boolean {
    return this.#bySlot.size === 0;
  }

  has(slot: number): boolean {
    return !this.isEmpty && this.#bySlot.has(slot);
  }

  doubt(slot: number, doubted: Doubted, { longestServiceNs, kernelNs }: Outcomes): void {
    const waitNs = Math.max(leastWaitNs, waitPerService * longestServiceNs);
    const untilNs = doubted.receivedNs + Math.min(this.#timeoutNs, waitNs);
    this.#bySlot.set(slot, { ...doubted, kernelNs, untilNs });
  }

  /** Takes the slot's doubted reply out, if there is one. */
  take(slot: number): Doubted | undefined {
    if (this.isEmpty) return undefined;
    const doubted = this.#bySlot.get(slot);
    this.#bySlot.delete(slot);
    return doubted;
  }

  /** The slot that has been waiting for longest; -1: none. @param nowNs for one that has waited for long enough */
  firstSlot(nowNs = Number.POSITIVE_INFINITY): number {
    for (const [slot, { untilNs }] of this.#bySlot) return untilNs <= nowNs ? slot : -1;
    return -1;
  }
}
