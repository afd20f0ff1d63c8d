import type { IoKind } from "../base/io-kind.ts";
import type { UsageSample } from "../machine/usage/process-account.ts";
import type { LiveFigures, WorkloadAccumulator } from "../metrics/accumulator.ts";
import type { HostLive } from "../metrics/host-totals.ts";
import type { TcpTotals } from "../metrics/tcp/totals.ts";
import type { Tool } from "../results/result.ts";
import type { Progress, WorkloadProgress } from "./progress.ts";

/**
 * A run as it is at this moment, for live views: metrics, pages.
 *
 * It is built on request, from what the coordinator has anyway: neither workers nor servers are
 * queried for it.
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
  /** Those with clients; empty: they are on the coordinator's machine, or the agents are not ready. */
  readonly hosts: readonly HostView[];
  /** Servers whose processes are known; empty until the agents are ready. */
  readonly servers: readonly ProcessesView[];
  /** All agents; null until they are ready. */
  readonly generator: UsageSample | null;
}

export interface WorkloadView {
  readonly progress: WorkloadProgress;
  /** The server's name, or the targets as the scenario gives them. */
  readonly server: string;
  /** What its protocol calls a status of replies: "503", "NXDOMAIN". */
  readonly statusText: (status: number) => string;
  readonly accumulator: WorkloadAccumulator;
  readonly parts: readonly PartView[];
  /** Null without `telemetry: tcp`. */
  readonly tcp: TcpTotals | null;
}

/** A part of a workload. */
export interface PartView {
  readonly name: string;
  readonly accumulator: WorkloadAccumulator;
  /** Of the last whole second. */
  readonly live: LiveFigures;
}

/** What the clients on one host contribute. */
export interface HostView {
  readonly name: string;
  /** Those that it has a part of. */
  readonly workloads: readonly HostWorkloadView[];
}

export interface HostWorkloadView {
  readonly workload: string;
  /** As `WorkloadView.server`. */
  readonly server: string;
  readonly open: number;
  /** Since the start, in all phases. */
  readonly sent: number;
  readonly received: number;
  readonly errors: number;
  /** Of the last whole second. */
  readonly live: HostLive;
}

export interface ProcessesView {
  readonly name: string;
  /** The latest sample, at most a second old. */
  readonly usage: UsageSample;
}
