import { threadsWaitedNs } from "../base/schedstat.ts";
import { SteadyWindow } from "../machine/usage/steady-window.ts";
import type { WorkerUtilization } from "../machine/usage/utilization-meter.ts";
import type { WorkerUse } from "../results/result.ts";

/** CPU time of this process between two moments, s. */
export interface CpuUse {
  readonly userSeconds: number;
  readonly systemSeconds: number;
  /** How long all its workers together were ready to run and had no CPU; null where it is not known. */
  readonly waitedSeconds: number | null;
  /** Time between the two moments. */
  readonly overSeconds: number;
}

/** Measures the CPU time of this process, all threads, in steady state (see SteadyWindow). */
export class CpuMeter {
  /** Worker threads of this process. */
  workers = 1;
  readonly #window = new SteadyWindow(
    () => this.#begin(),
    () => this.#end(),
  );
  #from: NodeJS.CpuUsage = { user: 0, system: 0 };
  #waitedFrom = new Map<string, number>();
  #use: CpuUse | null = null;
  readonly #utilizations = new Map<number, WorkerUtilization[]>();

  /** A workload's steady state is planned from `steadyNs` to `endNs` (Infinity: not known). */
  plan(steadyNs: number, endNs: number): void {
    this.#window.plan(steadyNs, endNs);
  }

  /** A workload has ended; the first end counts. */
  end(): void {
    this.#window.end();
  }

  /** Takes in an interval that a worker reports: it counts if it lies within steady state. */
  add(utilization: WorkerUtilization): void {
    const { begun, fromNs, endNs } = this.#window;
    if (!begun || utilization.fromNs < fromNs || utilization.toNs > endNs) return;
    const utilizations = this.#utilizations.get(utilization.worker) ?? [];
    utilizations.push(utilization);
    this.#utilizations.set(utilization.worker, utilizations);
  }

  /** Returns what was measured; null when steady state was never reached. Ends the measurement. */
  take(): CpuUse | null {
    this.#window.close();
    return this.#use;
  }

  /** Returns each worker that has reported steady state, by its number. */
  takeWorkers(): WorkerUse[] {
    return [...this.#utilizations.values()]
      .flatMap((utilizations) => combinedUtilization(utilizations) ?? [])
      .sort((a, b) => a.worker - b.worker);
  }

  #begin(): void {
    this.#from = process.cpuUsage();
    this.#waitedFrom = threadsWaitedNs();
  }

  #end(): void {
    const { user, system } = process.cpuUsage(this.#from);
    this.#use = {
      userSeconds: user / 1e6,
      systemSeconds: system / 1e6,
      waitedSeconds: this.#waitedSeconds(),
      overSeconds: (this.#window.endNs - this.#window.fromNs) / 1e9,
    };
  }

  /** The system does not say which threads are the workers: the threads that do the most also wait the most. */
  #waitedSeconds(): number | null {
    const grown = [...threadsWaitedNs()].map(
      ([thread, ns]) => ns - (this.#waitedFrom.get(thread) ?? ns),
    );
    if (grown.length === 0) return null;
    const most = grown.sort((a, b) => b - a).slice(0, this.workers);
    return most.reduce((sum, ns) => sum + ns, 0) / 1e9;
  }
}

/** Combines a worker's intervals into one; they must not overlap. */
export function combinedUtilization(utilizations: readonly WorkerUtilization[]): WorkerUse | null {
  const [first] = utilizations;
  if (first === undefined) return null;
  const sum = (of: (utilization: WorkerUtilization) => number) =>
    utilizations.reduce((total, utilization) => total + of(utilization), 0);
  const overNs = sum(({ fromNs, toNs }) => toNs - fromNs);
  if (overNs <= 0) return null;
  const knowsWaits = utilizations.every((utilization) => utilization.waitedNs !== null);
  return {
    worker: first.worker,
    busyRatio: sum(({ busyRatio, fromNs, toNs }) => busyRatio * (toNs - fromNs)) / overNs,
    waitedRatio: knowsWaits ? sum((utilization) => utilization.waitedNs ?? 0) / overNs : null,
    gcPauses: sum(({ gcPauses }) => gcPauses),
    gcSeconds: sum(({ gcNs }) => gcNs) / 1e9,
    gcLongestSeconds: Math.max(...utilizations.map(({ gcLongestNs }) => gcLongestNs)) / 1e9,
  };
}
