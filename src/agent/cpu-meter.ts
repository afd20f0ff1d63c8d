import { monotonicNs } from "../base/clock.ts";
import { processWaitedNs } from "../base/run-queue.ts";

/** CPU time of this process between two moments, s. */
export interface CpuUse {
  readonly userSeconds: number;
  readonly systemSeconds: number;
  /** For how long its threads, all together, were ready to run and had no CPU; null: nobody tells. */
  readonly waitedSeconds: number | null;
  /** Time between the moments. */
  readonly overSeconds: number;
}

/** Timers beyond that overflow (2^31 - 1 ms). */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Measures the CPU time of this process, all threads, in steady state: from the latest begin among
 * the workloads that begin together to the first end among all. Connecting, warm-up and the closing
 * of connections cost far more than exchanges and are not in it.
 */
export class CpuMeter {
  #fromNs = 0;
  #from: NodeJS.CpuUsage | null = null;
  #waitedNs: number | null = null;
  #use: CpuUse | null = null;
  #beginTimer: NodeJS.Timeout | null = null;
  readonly #timers: NodeJS.Timeout[] = [];

  /** A workload's steady state is planned from `steadyNs` to `endNs` (Infinity: not known). */
  plan(steadyNs: number, endNs: number): void {
    if (this.#from === null && steadyNs > this.#fromNs) {
      this.#fromNs = steadyNs;
      if (this.#beginTimer !== null) clearTimeout(this.#beginTimer);
      this.#beginTimer = this.#at(steadyNs, () => {
        this.#from = process.cpuUsage();
        this.#waitedNs = processWaitedNs();
        this.#fromNs = monotonicNs();
      });
    }
    if (Number.isFinite(endNs)) this.#timers.push(this.#at(endNs, () => this.end()));
  }

  /** A workload has ended; the first end counts. */
  end(): void {
    if (this.#from === null || this.#use !== null) return;
    const { user, system } = process.cpuUsage(this.#from);
    const waitedNs = processWaitedNs();
    this.#use = {
      userSeconds: user / 1e6,
      systemSeconds: system / 1e6,
      waitedSeconds:
        waitedNs === null || this.#waitedNs === null ? null : (waitedNs - this.#waitedNs) / 1e9,
      overSeconds: (monotonicNs() - this.#fromNs) / 1e9,
    };
  }

  /** What was measured; null when steady state was never reached. Ends the measurement. */
  take(): CpuUse | null {
    this.end();
    if (this.#beginTimer !== null) clearTimeout(this.#beginTimer);
    for (const timer of this.#timers) clearTimeout(timer);
    return this.#use;
  }

  #at(atNs: number, act: () => void): NodeJS.Timeout {
    const waitMs = Math.max(0, (atNs - monotonicNs()) / 1e6);
    return setTimeout(act, Math.min(longestTimerMs, waitMs));
  }
}
