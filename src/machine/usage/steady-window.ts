import { monotonicNs } from "../../base/clock.ts";

/** Longer timers overflow (2^31 - 1 ms). */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Steady state of a whole run, for measuring CPU time: from the latest start among the workloads that start
 * together to the first end among all. It excludes connecting, warm-up and closing connections, which cost
 * far more than exchanges.
 */
export class SteadyWindow {
  readonly #begin: () => void;
  readonly #end: () => void;
  #fromNs = 0;
  #begun = false;
  #endNs = Number.POSITIVE_INFINITY;
  #beginTimer: NodeJS.Timeout | null = null;
  readonly #timers: NodeJS.Timeout[] = [];

  /** Each is called at most once, and `end` only after `begin`. */
  constructor(begin: () => void, end: () => void) {
    this.#begin = begin;
    this.#end = end;
  }

  /** Whether it has started. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Monotonic ns; Infinity until it has ended. */
  get endNs(): number {
    return this.#endNs;
  }

  get fromNs(): number {
    return this.#fromNs;
  }

  /** Sets the planned steady state of a workload, from `steadyNs` to `endNs` (Infinity: not known). */
  plan(steadyNs: number, endNs: number): void {
    if (!this.#begun && steadyNs > this.#fromNs) {
      this.#fromNs = steadyNs;
      if (this.#beginTimer !== null) clearTimeout(this.#beginTimer);
      this.#beginTimer = this.#at(steadyNs, () => {
        this.#fromNs = monotonicNs();
        this.#begun = true;
        this.#begin();
      });
    }
    if (Number.isFinite(endNs)) this.#timers.push(this.#at(endNs, () => this.end()));
  }

  /** Records that a workload has ended; the first end counts. */
  end(): void {
    if (!this.#begun || Number.isFinite(this.#endNs)) return;
    this.#endNs = monotonicNs();
    this.#end();
  }

  /** Ends the window if it has started, and cancels all timers. */
  close(): void {
    this.end();
    if (this.#beginTimer !== null) clearTimeout(this.#beginTimer);
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #at(atNs: number, act: () => void): NodeJS.Timeout {
    const waitMs = Math.max(0, (atNs - monotonicNs()) / 1e6);
    return setTimeout(act, Math.min(longestTimerMs, waitMs));
  }
}
