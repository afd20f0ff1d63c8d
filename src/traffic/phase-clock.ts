import { type Phase, phase } from "../metrics/snapshot.ts";

/** The phases of one workload on the monotonic clock. Times are Infinity until they are known. */
export class PhaseClock {
  beginNs = Number.POSITIVE_INFINITY;
  steadyNs = Number.POSITIVE_INFINITY;
  endNs = Number.POSITIVE_INFINITY;
  readonly #warmUpNs: number;
  readonly #durationNs: number;

  /** @param durationNs length of steady state; null: no end but `endAt` */
  constructor(warmUpNs: number, durationNs: number | null) {
    this.#warmUpNs = warmUpNs;
    this.#durationNs = durationNs ?? Number.POSITIVE_INFINITY;
  }

  begin(beginNs: number): void {
    this.beginNs = beginNs;
    this.steadyNs = beginNs + this.#warmUpNs;
    this.endNs = Math.min(this.endNs, this.steadyNs + this.#durationNs);
  }

  endAt(endNs: number): void {
    this.endNs = Math.min(this.endNs, endNs);
  }

  /** The phase in which something intended for `ns` belongs. */
  at(ns: number): Phase {
    if (ns >= this.endNs) return phase.drain;
    if (ns >= this.steadyNs) return phase.steady;
    return ns >= this.beginNs ? phase.warmUp : phase.connect;
  }
}
