/** What findings are made from: a few figures of a result, which tests can provide easily. */
import { backends, portableIo } from "../../io/backends.ts";
import type { PatternName } from "../../scenario/patterns.ts";
import type {
  GeneratorCpu,
  HostResult,
  RunInfo,
  RunResult,
  SlowResult,
  TcpConnectionResult,
  TcpResult,
  WorkloadResult,
} from "../result.ts";
import type { ServerResult } from "../server-result.ts";
import type { Attempt } from "./run-again.ts";

export interface Measures {
  /** CPUs that this process may run on. */
  readonly cpus: number;
  /** Whether this machine has a way to the sockets that costs less than the one that was taken. */
  readonly hasFasterIo: boolean;
  /** Why clients that read slowly could not have a small receive buffer; null: they had. */
  readonly receiveBufferObstacle: string | null;
  /** Where the run is made again while it is invalid. */
  readonly attempt: Attempt | null;
  readonly run: Pick<RunInfo, "workers" | "generator" | "machine" | "pauses" | "sharedEventLoop">;
  readonly workloads: readonly WorkloadMeasures[];
  /** Those with clients; empty: they are on the coordinator's machine. */
  readonly hosts: readonly HostMeasures[];
  readonly servers: readonly ServerMeasures[];
  readonly gates: readonly GateMeasures[];
}

/** A host with clients. */
export interface HostMeasures {
  readonly name: string;
  readonly cpus: number;
  /** Indexes of its workers. */
  readonly workers: readonly number[];
  /** Of its agents. */
  readonly cpu: GeneratorCpu | null;
  readonly clockErrorNs: number;
  /** Of steady state, ns; null without samples. */
  readonly workloads: readonly (Pick<
    WorkloadMeasures,
    "name" | "responseTimeP99" | "generatorLagP99"
  > & {
    /** Of the response times. */
    readonly samples: number;
  })[];
}

/** A gate that asks for a percentile. */
export interface GateMeasures {
  readonly expression: string;
  readonly percentile: number;
  /** That it was taken from; of windows, the fewest of one that has any. */
  readonly samples: number;
  readonly isWindow: boolean;
}

export interface WorkloadMeasures {
  readonly name: string;
  /** In what its clients were slow on purpose. */
  readonly slow: SlowResult | null;
  /** Of the scenario's servers; null for an address. */
  readonly server: string | null;
  readonly pattern: PatternName;
  readonly model: "open" | "closed";
  readonly offered: number;
  readonly sent: number;
  readonly timedOut: number;
  readonly unsent: number;
  /**
   * Whether there was no connection: none could be opened, or the target had ended every one, none of which is opened
   * again. Nobody waited for replies then.
   */
  readonly allEnded: boolean;
  /** Of steady state, whoever counts the exchanges above. */
  readonly offeredInSteady: number;
  /** Length of steady state; null where it was not reached. */
  readonly steadySeconds: number | null;
  /** Of steady state, ns; null without samples. */
  readonly responseTimeP99: number | null;
  readonly responseTimeMax: number | null;
  readonly serviceTimeP99: number | null;
  readonly generatorLagP99: number | null;
  /** Of exchanges near the p99 of the response time, with the kernel's times; null: there are none. */
  readonly slowWakeUp: WakeUpMeasures | null;
  /** Steady state, ms since the run's start; null when it was not reached. */
  readonly steady: WorkloadResult["steady"];
  readonly undisturbed: UndisturbedMeasures;
  /** Times that begin on one host and end on another; null: there are none. */
  readonly oneWay: OneWayMeasures | null;
  /** What the kernel knows of its connections; null: nobody asked. */
  readonly tcp: TcpMeasures | null;
  /** The longest time without a reply for which no disturbance accounts; null: there was none to speak of. */
  readonly silence: SilenceMeasures | null;
}

/** What of a response time is this machine's own, ns. */
export interface WakeUpMeasures {
  /** From when the message was sent to when the kernel was given it. */
  readonly queuedNs: number;
  /** From when the kernel had received the reply to when the client was awake. */
  readonly wakeUpNs: number;
  readonly wireTimeNs: number;
}

/** The same figures over what no pause of the load generator and no busy machine disturbed. */
export interface UndisturbedMeasures
  extends Pick<
    WorkloadMeasures,
    "timedOut" | "responseTimeP99" | "serviceTimeP99" | "generatorLagP99"
  > {
  /** Of all replies. */
  readonly ratio: number;
  readonly serviceTimeP50: number | null;
}

/** Times that begin on one host and end on another. */
export interface OneWayMeasures {
  /** By how much the clocks of two of these hosts may differ from what is known of them. */
  readonly errorNs: number;
  /** Of steady state; null without samples. */
  readonly medianNs: {
    readonly deliveryLatency: number | null;
    readonly transitTime: number | null;
  };
}

/** Of the kernel's figures of connections: those that say who was the limit. */
export interface TcpMeasures
  extends Pick<TcpResult, "busyMs" | "receiveWindowLimitedMs" | "sendBufferLimitedMs"> {
  readonly retransmits: number;
  readonly segmentsSent: number;
  /** The slowest clients of which something was seen. */
  readonly slowest: readonly Pick<TcpConnectionResult, "busyMs" | "receiveWindowLimitedMs">[];
  /** Whether all of its destinations are loopback addresses. */
  readonly isLoopback: boolean;
}

/** A time without a reply while exchanges waited for one. */
export interface SilenceMeasures {
  readonly atMs: number;
  readonly durationMs: number;
  /** Of that, what pauses of the load generator and a busy machine account for at most. */
  readonly lostMs: number;
  readonly inFlight: number;
}

export interface ServerMeasures extends Pick<ServerResult, "kind" | "steadyCpu"> {
  readonly name: string;
}

/** The figures of a result's parts. */
export function measuresOf(
  host: Pick<HostResult, "cpus" | "os">,
  attempt: Attempt | null,
  run: Measures["run"] & Pick<RunInfo, "io" | "ioObstacle">,
  workloads: ReadonlyMap<
    string,
    {
      readonly server: string | null;
      readonly model: "open" | "closed";
      readonly result: WorkloadResult;
      readonly allEnded: boolean;
      readonly undisturbed: UndisturbedMeasures;
      readonly silence: SilenceMeasures | null;
      readonly oneWay: OneWayMeasures | null;
      /** Whether all of its destinations are loopback addresses. */
      readonly isLoopback: boolean;
    }
  >,
  servers: ReadonlyMap<string, ServerResult>,
  gates: readonly GateMeasures[],
  hosts: RunResult["hosts"],
): Measures {
  // Of several hosts that of one stands for all: which of them cannot do it has been said before the run.
  const ios = Object.values(hosts).map(({ io }) => io);
  const obstacles = (ios.length === 0 ? [run.io] : ios).flatMap(
    (io) => backends[io].capabilities.receiveBufferObstacle ?? [],
  );
  return {
    cpus: host.cpus,
    hasFasterIo:
      ios.length === 0 && host.os === "Linux" && run.io === portableIo && run.ioObstacle === null,
    attempt,
    receiveBufferObstacle: obstacles[0] ?? null,
    run,
    workloads: [...workloads].map(([name, { result, isLoopback, ...known }]) => {
      const { offered, sent, timedOut, unsent } = result.exchanges;
      const { responseTime, serviceTime, generatorLag, steady } = result;
      return {
        name,
        slow: result.slow,
        ...known,
        pattern: result.pattern,
        offered,
        sent,
        timedOut,
        unsent,
        offeredInSteady: result.phases.steady.offered ?? 0,
        steadySeconds: steady === null ? null : (steady.toMs - steady.fromMs) / 1e3,
        responseTimeP99: responseTime.percentiles["99"],
        responseTimeMax: responseTime.max,
        serviceTimeP99: serviceTime.percentiles["99"],
        generatorLagP99: generatorLag.percentiles["99"],
        slowWakeUp: wakeUpMeasures(result),
        steady: result.steady,
        tcp: tcpMeasures(result, isLoopback),
      };
    }),
    hosts: Object.entries(hosts).map(hostMeasures),
    servers: [...servers].map(([name, { kind, steadyCpu }]) => ({ name, kind, steadyCpu })),
    gates,
  };
}

function hostMeasures([name, host]: [string, RunResult["hosts"][string]]): HostMeasures {
  return {
    name,
    cpus: host.facts.cpus,
    workers: host.workers,
    cpu: host.generator.cpu,
    clockErrorNs: host.clock.errorNs,
    workloads: Object.entries(host.workloads).map(([workload, own]) => {
      const times = own.deliveryLatency ?? own.responseTime;
      return {
        name: workload,
        samples: times.count,
        responseTimeP99: times.percentiles["99"],
        generatorLagP99: own.generatorLag.percentiles["99"],
      };
    }),
  };
}

/** The clients of each host, or of the coordinator's machine. */
export function clientsOf({ hosts, run }: Measures): {
  readonly host: string | null;
  readonly cpu: GeneratorCpu | null;
  readonly workers: number;
}[] {
  if (hosts.length === 0) {
    return [{ host: null, cpu: run.generator.cpu, workers: run.workers }];
  }
  return hosts.map(({ name, cpu, workers }) => ({ host: name, cpu, workers: workers.length }));
}

function wakeUpMeasures({ anatomy }: WorkloadResult): WakeUpMeasures | null {
  const { queuedNs, wakeUpNs, wireTimeNs } =
    anatomy.find(({ percentile }) => percentile === 99) ?? {};
  if (queuedNs == null || wakeUpNs == null || wireTimeNs == null) return null;
  return { queuedNs, wakeUpNs, wireTimeNs };
}

function tcpMeasures({ tcp, clients }: WorkloadResult, isLoopback: boolean): TcpMeasures | null {
  if (tcp === null) return null;
  const { busyMs, receiveWindowLimitedMs, sendBufferLimitedMs } = tcp;
  return {
    busyMs,
    receiveWindowLimitedMs,
    sendBufferLimitedMs,
    retransmits: tcp.retransmits ?? 0,
    segmentsSent: tcp.segmentsSent ?? 0,
    slowest: clients.slowest.flatMap((client) => client.tcp ?? []),
    isLoopback,
  };
}

/** Whether the clients waited for a CPU longer than they had one: then the machine was the limit. */
export function starved(cpu: GeneratorCpu | null): boolean {
  if (cpu === null || cpu.waitedSeconds === null) return false;
  return cpu.waitedSeconds > cpu.userSeconds + cpu.systemSeconds;
}
