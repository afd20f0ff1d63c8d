/**
 * What will run: who opens which 4-tuples, in which process and thread. Plain frozen data, made by
 * plan.ts from a scenario and the machine's facts, shown by `slash8 plan`, sent to agents, and
 * stored nowhere else: workers compute their 4-tuples from it.
 */
import type { Endpoint } from "../address/flow.ts";
import type { FlowSpaceSpec } from "../address/flow-space.ts";
import type { Protocol } from "../address/protocol.ts";
import type { IoKind } from "../base/io-kind.ts";
import type { TlsServerEnd } from "../io/tls/ends.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { PortionOf } from "../schedule/portion.ts";

/** What the planner needs to know about the machine; gathered by machine/machine.ts. */
export interface MachineFacts {
  readonly platform: "linux" | "darwin" | "other";
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly memoryAvailableBytes: number;
  /** Open files that one of the run's processes may have (hard RLIMIT_NOFILE; Node raises the soft limit to it). */
  readonly openFilesLimit: number;
  /** Kernel's range for automatic ports, inclusive. */
  readonly ephemeralPorts: readonly [number, number];
  /** ip_local_reserved_ports as inclusive pairs. */
  readonly reservedPorts: readonly (readonly [number, number])[];
  /** IPv6 prefixes of which every address can be bound over lo (AnyIP), as CIDRs. */
  readonly anyIp: readonly string[];
  /** What is bound now, by protocol; address "0.0.0.0" or "::" for wildcards. */
  readonly listening: Readonly<Record<Protocol, readonly Endpoint[]>>;
}

/** A worker's part of one workload: its connections, and its portion of the arrivals. */
export interface Portion extends PortionOf {
  readonly worker: number;
  /** Its connections are k = firstConnection ... firstConnection + connections - 1. */
  readonly firstConnection: number;
  readonly connections: number;
  /** Present where the clients are on several hosts. */
  readonly part?: PortionPart;
}

/** Where a worker's tuples lie when the clients are on several hosts: in a part of the space, see FlowSpacePart. */
export interface PortionPart {
  /** Of `space.parts`. */
  readonly index: number;
  /** The worker's place among those of its host. */
  readonly portion: number;
  readonly ofPortions: number;
}

export interface WorkloadPlan {
  readonly index: number;
  readonly name: string;
  readonly endpoints: readonly Endpoint[];
  /** k -> 4-tuple; see address/flow-space.ts. */
  readonly space: FlowSpaceSpec;
  /** One per worker that takes part, at most one per worker; connections sum to the workload's. */
  readonly portions: readonly Portion[];
  readonly addressesUsed: number;
  /** Whether no other run on this machine gets these source addresses while this one lasts. */
  readonly leased: boolean;
  /** Wireshark display filter and pcap capture filter that pick out this workload's clients. */
  readonly displayFilter: string;
  readonly captureFilter: string;
}

export interface AgentPlan {
  readonly index: number;
  /** Where it runs; null: on the coordinator's machine. */
  readonly host: string | null;
  /** Worker indexes in this agent, global numbering. */
  readonly workers: readonly number[];
  /** Open files it needs, reserve included. */
  readonly openFiles: number;
}

export interface ServerPlan {
  readonly name: string;
  /** Endpoints with every port 0 resolved. */
  readonly listen: readonly Endpoint[];
  /** Processes that share the listen addresses (built-in servers); 1 otherwise. */
  readonly processes: number;
  /** Which sockets a built-in server has; not every io shares listeners between several processes. */
  readonly io: IoKind;
  /** Connections planned to it, over all workloads. */
  readonly connections: number;
  /** Its certificate and key; null: it does not encrypt, or the plan is only shown. */
  readonly tls: TlsServerEnd | null;
}

/** What a plan needs on one host, for its preflight. */
export interface HostPlan {
  readonly name: string;
  readonly io: IoKind;
  readonly totals: Plan["totals"];
}

export interface Plan {
  readonly scenario: Scenario;
  /** Of the run, in the stamps of its messages (messages/stamp.ts); 0 for a plan that is only shown. */
  readonly stampTag: number;
  /** Of the clients on the coordinator's machine, and of its servers; see `hosts`. */
  readonly io: IoKind;
  readonly workers: number;
  /** Where the clients are; empty: on the coordinator's machine. */
  readonly hosts: readonly HostPlan[];
  readonly agents: readonly AgentPlan[];
  readonly servers: readonly ServerPlan[];
  /** In the scenario's order; `index` is the place in this array. */
  readonly workloads: readonly WorkloadPlan[];
  /** On the coordinator's machine, but for `connections`, which are all. */
  readonly totals: {
    readonly connections: number;
    /** Sockets of both ends that this plan makes, for fs.file-max. */
    readonly sockets: number;
    /** Kernel and user memory, an estimate for preflight. */
    readonly memoryBytes: number;
  };
}

/** The part of a plan that is about clients. */
export interface ClientsPlan extends Pick<Plan, "workers" | "hosts" | "agents" | "workloads"> {
  totals(servers: readonly ServerPlan[]): Plan["totals"];
}
