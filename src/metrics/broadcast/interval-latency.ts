import type { SparseCounts } from "../snapshot.ts";
import { noCounts } from "../sparse-counts.ts";
import { TimeCounts } from "../time-counts.ts";

/** What the receivers of one thread received in an interval; monotonic clock, ns. */
export interface DeliveryInterval {
  /** The thread's number: see `receiverThreads`. */
  readonly thread: number;
  readonly fromNs: number;
  readonly toNs: number;
  /** From the intended send time, of steady state. */
  readonly latency: SparseCounts;
  /** A part of it: of what met a pause of this thread, or left late enough to have met one of its sender. */
  readonly disturbed: SparseCounts;
  /** For how much of the interval the thread paused or worked off a pause's backlog. */
  readonly pausedNs: number;
  /** Whether the thread had no time to spare in it. */
  readonly saturated: boolean;
}

/** The latency of what all receivers of a thread receive, interval by interval. */
export class IntervalLatency {
  readonly #all = new TimeCounts();
  /** Made at the first that was disturbed; 130 KiB. */
  #disturbed: TimeCounts | null = null;

  record(latencyNs: number, isDisturbed: boolean): void {
    this.#all.record(latencyNs);
    if (!isDisturbed) return;
    this.#disturbed ??= new TimeCounts();
    this.#disturbed.record(latencyNs);
  }

  /** Returns what was recorded and starts again from zero. */
  take(): Pick<DeliveryInterval, "latency" | "disturbed"> {
    const { isEmpty = true } = this.#disturbed ?? {};
    return {
      latency: this.#all.isEmpty ? noCounts : this.#all.take(),
      disturbed: isEmpty ? noCounts : (this.#disturbed?.take() ?? noCounts),
    };
  }
}
