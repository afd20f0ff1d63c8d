import type { DisturbedSamples } from "../snapshot.ts";
import { TimeCounts } from "../time-counts.ts";

/** Exchanges of steady state that a pause disturbed, of one second in one interval. Made at the first of them; 260 KiB. */
export class DisturbedCounts {
  #responseTime = new TimeCounts();
  #serviceTime = new TimeCounts();
  #timedOut = 0;

  answered(responseNs: number, serviceNs: number): void {
    this.#responseTime.record(responseNs);
    this.#serviceTime.record(serviceNs);
  }

  /** A time-out is a sample as well. */
  timedOut(responseNs: number, serviceNs: number): void {
    this.answered(responseNs, serviceNs);
    this.#timedOut++;
  }

  get isEmpty(): boolean {
    return this.#responseTime.isEmpty;
  }

  /** Returns what was counted and starts again from zero. */
  take(): DisturbedSamples {
    const taken = {
      responseTime: this.#responseTime.take(),
      serviceTime: this.#serviceTime.take(),
      timedOut: this.#timedOut,
    };
    this.#timedOut = 0;
    return taken;
  }
}
