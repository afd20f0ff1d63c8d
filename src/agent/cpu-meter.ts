import { monotonicNs } from "../base/clock.ts";
import { threadsWaitedNs } from "../base/run-queue.ts";

/** CPU time of this process between two moments, s. */
export interface CpuUse {
  readonly userSeconds: number;
  readonly systemSeconds: number;
  /** For how long its workers, all together, were ready to run and had no CPU; null: nobody tells. */
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
  /** Worker threads of this process. */
  workers = 1;
  #fromNs = 0;
  #from: NodeJS.CpuUsage | null = null;
  #waitedFrom = new Map<string, number>();
  #use: CpuUse | null = null;
  #beginTimer: NodeJS.Timeout | null = null;
  readonly #timers: NodeJS.Timeout[] = [];

  /** A workload's steady state is planned from `steadyNs` to `endNs` (Infinity: not known). */
  plan(steadyNs: number, endNs: number): void {
    if (this.#from === null && steadyNs > this.#fromNs) {
      this.#fromNs = steadyNs;
      if (this.#beginTimer !== null) clearTimeout(this.#beginTimer);
      this.#beginTimer = this.#at(steadyNs, () => {
        this.#fromNs = monotonicNs();
        this.#from = process.cpuUsage();
        this.#waitedFrom = threadsWaitedNs();
      });
    }
    if (Number.isFinite(endNs)) this.#timers.push(this.#at(endNs, () => this.end()));
  }

  /** A workload has ended; the first end counts. */
  end(): void {
    if (this.#from === null || this.#use !== null) return;
    const { user, system } = process.cpuUsage(this.#from);
    this.#use = {
      userSeconds: user / 1e6,
      systemSeconds: system / 1e6,
      waitedSeconds: this.#waitedSeconds(),
      overSeconds: (monotonicNs() - this.#fromNs) / 1e9,
    };
  }

  /** Which threads are the workers nobody tells: those that do the most also wait the most. */
  #waitedSeconds(): number | null {
    const grown = [...threadsWaitedNs()].map(
      ([thread, ns]) => ns - (this.#waitedFrom.get(thread) ?? ns),
    );
    if (grown.length === 0) return null;
    const most = grown.sort((a, b) => b - a).slice(0, this.workers);
    return most.reduce((sum, ns) => sum + ns, 0) / 1e9;
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
