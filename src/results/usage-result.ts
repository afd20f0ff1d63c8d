/** What the load generator and the machine used in steady state. */

/** The load generator in steady state, all agents. */
export interface GeneratorUse {
  /** Null when steady state was not reached. */
  readonly cpu: GeneratorCpu | null;
  /** Each worker; null when steady state was not reached. */
  readonly workers: readonly WorkerUse[] | null;
}

export interface GeneratorCpu {
  readonly userSeconds: number;
  readonly systemSeconds: number;
  /** For how long their workers, all together, were ready to run and had no CPU; null: not Linux. */
  readonly waitedSeconds: number | null;
  /** Length of the time it was measured over. */
  readonly overSeconds: number;
}

/** A worker thread of the load generator, in steady state. */
export interface WorkerUse {
  readonly worker: number;
  /** Of the time, 0 to 1: it worked, or was ready to and waited for a CPU. Busy-waiting does not count. */
  readonly busyRatio: number;
  /** Of the time: it was ready to run and had no CPU; null: not Linux. */
  readonly waitedRatio: number | null;
  /** Stops for garbage collection: how many, all together, and the longest. */
  readonly gcPauses: number;
  readonly gcSeconds: number;
  readonly gcLongestSeconds: number;
}

/** The machine in steady state; all seconds are CPU seconds, summed over the CPUs. Null: not known. */
export interface MachineUse {
  readonly cpus: number;
  readonly overSeconds: number;
  readonly idleSeconds: number | null;
  /** The hypervisor ran others while this machine was ready to. */
  readonly stealSeconds: number | null;
  /** Programs that are neither the load generator nor a server that it started. */
  readonly othersSeconds: number | null;
  /** Those of them that used the most, at most 3; only those that are visible from here. */
  readonly busiestOthers: readonly {
    readonly name: string;
    readonly pid: number;
    readonly cpuSeconds: number;
  }[];
  /** How often the control group's quota was used up, and how long its threads were paused. */
  readonly throttledPeriods: number | null;
  readonly throttledSeconds: number | null;
  /** Load average of a minute before the run. */
  readonly loadBefore: number | null;
}
