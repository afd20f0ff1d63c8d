/** The machines of a run: the coordinator's, and the hosts that its clients were on. */
import type { IoKind } from "../base/io-kind.ts";
import type { Histogram } from "../metrics/histogram.ts";
import type { GeneratorUse } from "./usage-result.ts";

/** Facts about the host in every result; machine/host-facts.ts adds more. */
export interface HostResult {
  /** "Linux", "Darwin", ... */
  readonly os: string;
  /** The kernel's release. */
  readonly kernel: string;
  readonly arch: string;
  readonly cpuModel: string;
  /** CPUs that this process may run on. */
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly node: string;
  /** Open files a process may have: the hard limit, to which Node raises the soft limit. */
  readonly openFiles: number;
  /** Range of automatic ports, inclusive. */
  readonly portRange: readonly [number, number];
}

/** A host with clients of a run that has them on several, or on another than the coordinator's. */
export interface ClientHostResult {
  /** Of slash8. */
  readonly version: string;
  /** As the result's `host`, of this one. */
  readonly facts: HostResult;
  readonly io: IoKind;
  /** Processes. */
  readonly agents: number;
  /** Indexes of its workers, over all hosts, as in `run.generator.workers` and `run.pauses`. */
  readonly workers: readonly number[];
  /** Planned, over all workloads. */
  readonly connections: number;
  readonly clock: HostClock;
  /**
   * How far from the planned moment its clients may have begun: the error of its clock, and how late the first of its
   * workers was; null: they did not begin.
   */
  readonly startErrorNs: number | null;
  /** Why it was gone before the end, for people; null: it was there all the time. */
  readonly lost: string | null;
  /** Its agents in steady state, all together. */
  readonly generator: Pick<GeneratorUse, "cpu">;
  /** By name: what its clients contributed to those workloads that it had any of. */
  readonly workloads: Readonly<Record<string, HostWorkloadResult>>;
}

/** A host's monotonic clock against the coordinator's. All times of the result are the coordinator's. */
export interface HostClock {
  /** Its reading less the coordinator's at the same moment. */
  readonly offsetNs: number;
  /** How wrong that may be at most, in either direction. */
  readonly errorNs: number;
  /** How much faster it runs, in millionths. */
  readonly driftPpm: number;
}

/** What means the same of the workload, of the clients on one host. Sums over the hosts are the workload's. */
export interface HostWorkloadResult {
  /** Of the whole run. */
  readonly connections: {
    readonly planned: number;
    readonly opened: number;
    readonly failed: number;
    /** Open at the end of steady state. */
    readonly openAtEnd: number;
  };
  /** Counted by the clients, of steady state by intended send time; `received` is null where a server counts it. */
  readonly exchanges: {
    readonly offered: number;
    readonly sent: number;
    readonly received: number | null;
    readonly timedOut: number;
    readonly failed: number;
  };
  readonly rate: {
    readonly achievedPerSecond: number | null;
    readonly receivedPerSecond: number | null;
  };
  /** Of every phase. */
  readonly errors: number;
  readonly responseTime: Histogram;
  /** subscribe; null for other patterns. */
  readonly deliveryLatency: Histogram | null;
  readonly generatorLag: Histogram;
}
