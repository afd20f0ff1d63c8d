/** How busy a thread was that has a loop of its own: measured by the thread, four times a second. */
import { PerformanceObserver, performance } from "node:perf_hooks";
import { monotonicNs } from "../../base/clock.ts";
import { waitedNs } from "../../base/schedstat.ts";

/** A thread that was busy for this ratio of an interval had no time to spare. */
export const saturatedUtilization = 0.9;

/** One interval of one worker; times of the monotonic clock. */
export interface WorkerUtilization {
  readonly worker: number;
  readonly fromNs: number;
  readonly toNs: number;
  /** As Io.utilization. */
  readonly busyRatio: number;
  /** How long it was ready to run and had no CPU; null where it is not known. */
  readonly waitedNs: number | null;
  readonly gcPauses: number;
  readonly gcNs: number;
  readonly gcLongestNs: number;
}

/**
 * Measures the thread that creates it.
 *
 * Node reports garbage collections in the event loop's next pass after each: between them measuring
 * costs nothing. A worker whose turns block gives the event loop a pass every 20 ms.
 */
export class UtilizationMeter {
  readonly #worker: number;
  readonly #utilization: () => number;
  readonly #observer: PerformanceObserver;
  #fromNs: number;
  #waitedNs: number | null;
  #gcPauses = 0;
  #gcMs = 0;
  #gcLongestMs = 0;

  /**
   * @param utilization since its last call, 0 to 1
   * @param collected   told of each garbage collection: monotonic clock, ns
   */
  constructor(
    worker: number,
    utilization: () => number,
    nowNs: number,
    collected: (fromNs: number, toNs: number) => void = () => {},
  ) {
    this.#worker = worker;
    this.#utilization = utilization;
    this.#fromNs = nowNs;
    this.#waitedNs = waitedNs();
    this.#observer = new PerformanceObserver((list) => {
      // Entries have the thread's own zero.
      const zeroNs = monotonicNs() - performance.now() * 1e6;
      for (const { startTime, duration } of list.getEntries()) {
        const fromNs = zeroNs + startTime * 1e6;
        collected(fromNs, fromNs + duration * 1e6);
        this.#gcPauses++;
        this.#gcMs += duration;
        this.#gcLongestMs = Math.max(this.#gcLongestMs, duration);
      }
    });
    this.#observer.observe({ entryTypes: ["gc"] });
  }

  /** Returns the utilization since the last call. */
  take(nowNs: number): WorkerUtilization {
    const before = this.#waitedNs;
    this.#waitedNs = waitedNs();
    const utilization: WorkerUtilization = {
      worker: this.#worker,
      fromNs: this.#fromNs,
      toNs: nowNs,
      busyRatio: this.#utilization(),
      waitedNs: before === null || this.#waitedNs === null ? null : this.#waitedNs - before,
      gcPauses: this.#gcPauses,
      gcNs: this.#gcMs * 1e6,
      gcLongestNs: this.#gcLongestMs * 1e6,
    };
    this.#fromNs = nowNs;
    this.#gcPauses = 0;
    this.#gcMs = 0;
    this.#gcLongestMs = 0;
    return utilization;
  }

  end(): void {
    this.#observer.disconnect();
  }
}

/** Whether a worker that was busy mostly ran: what it waited for a CPU is the machine's doing. */
export function isOwnWork({ busyRatio, waitedNs, fromNs, toNs }: WorkerUtilization): boolean {
  const waitedRatio = (waitedNs ?? 0) / Math.max(1, toNs - fromNs);
  return busyRatio - waitedRatio >= busyRatio / 2;
}
