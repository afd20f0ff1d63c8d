import type { IoKind } from "../base/io-kind.ts";
import type { UsageSample } from "../machine/usage/process-account.ts";
import type { WorkloadAccumulator } from "../metrics/accumulator.ts";
import type { Tool } from "../results/result.ts";
import type { Progress, WorkloadProgress } from "./progress.ts";

/**
 * A run as it stands at this moment, for those who watch it: metrics, pages.
 *
 * It is made when it is asked for, from what the coordinator has anyway: neither workers nor servers
 * are asked for anything.
 */
export interface RunView {
  /** `run.id` of the result. */
  readonly id: string;
  readonly tool: Tool;
  /** The scenario's name. */
  readonly scenario: string;
  readonly startedAt: Date;
  /** Null until it is chosen. */
  readonly io: IoKind | null;
  readonly progress: Progress;
  /** In the scenario's order; empty until the agents are ready. */
  readonly workloads: readonly WorkloadView[];
  /** Those whose processes are known; empty until the agents are ready. */
  readonly servers: readonly ProcessesView[];
  /** All agents; null until they are ready. */
  readonly generator: UsageSample | null;
}

export interface WorkloadView {
  readonly progress: WorkloadProgress;
  /** The server's name, or the targets as the scenario gives them. */
  readonly server: string;
  readonly accumulator: WorkloadAccumulator;
}

export interface ProcessesView {
  readonly name: string;
  /** The last look at them, at most a second ago. */
  readonly usage: UsageSample;
}
