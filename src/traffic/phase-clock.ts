import { type Moment, momentOf, noSecond, phase } from "../metrics/snapshot.ts";

const { connect, warmUp, steady, drain } = phase;

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

  /**
   * The phase and the second in which something intended for `ns` belongs.
   *
   * It compares and looks up the same in every phase: code that a phase is the first to run makes V8 give up, just
   * as it begins, what it has optimised.
   */
  at(ns: number): Moment {
    const begun = ns >= this.beginNs;
    const isSteady = ns >= this.steadyNs;
    const ended = ns >= this.endNs;
    // A quotient is exact where a product with 1e-9 would be one short.
    const second = Math.max(noSecond, Math.floor((ns - this.steadyNs) / 1e9));
    const phase = ended ? drain : isSteady ? steady : begun ? warmUp : connect;
    return momentOf(phase, second);
  }
}
