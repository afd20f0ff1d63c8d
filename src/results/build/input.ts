/** What the coordinator knows when a run has ended: everything that a result is built from. */
import { assert } from "../../base/assert.ts";
import type { GateResult, JudgedWindows } from "../../gates/evaluate.ts";
import type { Gate } from "../../gates/gate.ts";
import type { WorkloadAccumulator } from "../../metrics/accumulator.ts";
import type { Deliveries } from "../../metrics/broadcast/deliveries.ts";
import type { SubscriptionsMeasured } from "../../metrics/broadcast/subscriptions.ts";
import type { Disturbances } from "../../metrics/disturbance/disturbances.ts";
import type { Silences } from "../../metrics/disturbance/silences.ts";
import type { Undisturbed } from "../../metrics/disturbance/undisturbed.ts";
import type { HostTotals } from "../../metrics/host-totals.ts";
import type { TcpTotals } from "../../metrics/tcp/totals.ts";
import type { Plan, WorkloadPlan } from "../../plan/plan-types.ts";
import type { Workload } from "../../scenario/scenario.ts";
import type { BaselineResult } from "../baseline-result.ts";
import type { CommandResult } from "../command-result.ts";
import type { OneWayMeasures } from "../findings/measures.ts";
import type { Attempt } from "../findings/run-again.ts";
import type {
  ClientHostResult,
  GeneratorCpu,
  GeneratorUse,
  HarnessLatency,
  HostResult,
  KernelCounters,
  MachineUse,
  SharedEventLoop,
  Tool,
} from "../result.ts";
import type { CaptureResult, ServerResult } from "../server-result.ts";
import { deliveredToAll } from "./broadcast-result.ts";
import type { BroadcastMeasured, Delivered } from "./delivered.ts";
import { oneWayOf } from "./hosts/one-way.ts";
import type { RestartWindows } from "./restarts/windows.ts";

export interface ResultInput {
  readonly tool: Tool;
  readonly plan: Plan;
  /** `HostFacts` as they are. */
  readonly host: HostResult;
  readonly run: {
    readonly id: string;
    readonly startedAt: Date;
    /** Monotonic clock; the accumulators were given the same. */
    readonly startNs: number;
    readonly durationNs: number;
    /** The user ended it early. */
    readonly interrupted: boolean;
    /** A gate with `abort` ended it early: its index, and what it was judged by. */
    readonly earlyEnd: {
      readonly gate: number;
      readonly result: GateResult;
      /** Monotonic clock. */
      readonly atNs: number;
    } | null;
    /** Why `auto` did not use uring; null where it did or was not requested. */
    readonly ioObstacle: string | null;
    /** Where it is made again while it is invalid; null: it is made once. */
    readonly attempt: Attempt | null;
    readonly harnessLatency: HarnessLatency | null;
    readonly generator: GeneratorUse;
    /** All that may have delayed exchanges and is not the server. */
    readonly disturbances: Disturbances;
    readonly machine: MachineUse | null;
    readonly kernel: KernelCounters | null;
    readonly sharedEventLoop: SharedEventLoop | null;
  };
  /** Hosts with clients, in the plan's order; empty: they are on the coordinator's machine. */
  readonly hosts: readonly HostMeasured[];
  /** Workers that stopped reporting, and why, for people: "exited with code 1". */
  readonly workerExits: readonly { readonly worker: number; readonly reason: string }[];
  /** Servers of the scenario that exited before the end of the run, for people. */
  readonly serverEnds: readonly string[];
  /** By `WorkloadPlan.index`. */
  readonly workloads: readonly WorkloadMeasured[];
  /** By the server's name. */
  readonly servers: ReadonlyMap<string, ServerResult>;
  /** Parsed before the run, with their lines in the scenario, and what was judged of them while it went on. */
  readonly gates: readonly {
    readonly gate: Gate;
    readonly line: number;
    readonly judged?: JudgedWindows;
  }[];
  /** What `baseline` in gates stands for. */
  readonly baseline: readonly BaselineResult[];
  readonly capture: CaptureResult | null;
  /** Commands that were run when a gate broke in a window. */
  readonly commands: readonly CommandResult[];
  readonly warnings: readonly string[];
}

/** What is known of a host with clients; the fields mean what they mean in the result. */
export interface HostMeasured
  extends Pick<ClientHostResult, "version" | "facts" | "clock" | "lost"> {
  readonly name: string;
  readonly cpu: GeneratorCpu | null;
  /** By `WorkloadPlan.index`. */
  readonly totals: readonly HostTotals[];
}

/** What was measured of one workload. */
export interface WorkloadMeasured {
  readonly accumulator: WorkloadAccumulator;
  readonly undisturbed: Undisturbed;
  readonly silences: Silences;
  /** When its phases began, monotonic clock, ns; null where one was never reached. */
  readonly times: {
    /** The first connection may be opened. */
    readonly openNs: number | null;
    /** All attempts of all workers had settled. */
    readonly connectedNs: number | null;
    /** Steady state began (warm-up was over). */
    readonly steadyNs: number | null;
    /** Steady state ended, as planned or early. */
    readonly endNs: number | null;
  };
  /**
   * One-way streams to a built-in server: what it counted for this workload (`ServerStats.byWorkload`,
   * summed over servers). Null where the clients count replies.
   */
  readonly delivered: Delivered | null;
  /** Broadcasts: what disturbed them; null for other patterns. */
  readonly deliveries: Deliveries | null;
  /** Broadcasts: what the receivers received; null for other patterns. */
  readonly broadcast: BroadcastMeasured | null;
  /** subscribe: what the subscribers received; null for other patterns, and before the end. */
  readonly subscription: SubscriptionsMeasured | null;
  /** subscribe: names of the workloads that publish. */
  readonly publishers: readonly string[];
  /** What the kernel knows of its connections; null without `telemetry: tcp`. */
  readonly tcp: TcpTotals | null;
  /** Null where the workload's server is not restarted. */
  readonly restarts: RestartWindows | null;
}

/** A workload's plan and measurements together, or one of its parts. */
export interface WorkloadData extends WorkloadMeasured {
  readonly plan: WorkloadPlan;
  readonly workload: Workload;
  /** Whose measurements these are; null: those of the whole workload. */
  readonly part: string | null;
  /** Null where one clock is at both ends of everything that it measures. */
  readonly oneWay: OneWayMeasures | null;
}

/** The parts of a workload, each as if it were one: what is known of the workload as a whole only is left empty. */
export function partsOf(data: WorkloadData): WorkloadData[] {
  const names = data.workload.parts?.names ?? [];
  return names.map((part, index) => {
    const accumulator = data.accumulator.parts[index];
    const undisturbed = data.undisturbed.parts[index];
    assert(accumulator !== undefined && undisturbed !== undefined, `no data of part ${part}`);
    return { ...data, part, accumulator, undisturbed, tcp: null, restarts: null };
  });
}

/** Pairs plans with measurements. */
export function workloadData(input: ResultInput): WorkloadData[] {
  const { plan, workloads } = input;
  return plan.workloads.map((workloadPlan, index) => {
    const measured = workloads[index];
    const workload = plan.scenario.workloads.find(({ name }) => name === workloadPlan.name);
    assert(measured !== undefined && workload !== undefined, `no data of ${workloadPlan.name}`);
    const { broadcast } = measured;
    const delivered =
      broadcast === null || workload.broadcast === null
        ? measured.delivered
        : deliveredToAll(workload.broadcast, broadcast, measured.accumulator.count("sent"));
    const oneWay = oneWayOf(input, workloadPlan, workload, measured);
    return { ...measured, delivered, plan: workloadPlan, workload, part: null, oneWay };
  });
}
