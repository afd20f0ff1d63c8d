/** Fake machines and plans: large and quiet ones, of which tests change a part. */
import type { HostFacts } from "../../src/machine/host-facts.ts";
import type { MachineFacts, Plan, ServerPlan } from "../../src/plan/plan-types.ts";
import type { Scenario, Server, Workload } from "../../src/scenario/scenario.ts";
import {
  machine as anyMachine,
  workload as anyWorkload,
  server,
} from "../support/scenario-parts.ts";

export function host(changes: Partial<HostFacts> = {}): HostFacts {
  return {
    os: "Linux",
    kernel: "6.18.0",
    arch: "x64",
    cpuModel: "Fake 9000",
    cpus: 8,
    memoryBytes: 64e9,
    memoryAvailableBytes: 60e9,
    node: "20.19.0",
    openFiles: 20_000,
    portRange: [32768, 60999],
    reservedPorts: [],
    unprivilegedPortsFrom: 1024,
    systemFiles: { max: 2_000_000, allocated: 1000 },
    openFilesCeiling: 1_048_576,
    lockedMemory: null,
    listenBacklog: 4096,
    synBacklog: 2048,
    synCookies: true,
    timeWaitSockets: { max: 131_072, now: 0 },
    tcpMemory: { usedBytes: 0, pressureBytes: 4e9, highBytes: 6e9 },
    conntrack: { count: 0, max: 262_144, tracksLoopback: false },
    userThreads: null,
    cgroup: { memory: null, pids: null, cpuQuota: null },
    loopbackAddresses: null,
    capturePrograms: ["dumpcap", "tcpdump"],
    ipv6: { loopback: ["::1/128"], nonlocalBind: false },
    ...changes,
  };
}

export function machine(changes: Partial<MachineFacts> = {}): MachineFacts {
  return anyMachine({
    cpus: 8,
    memoryBytes: 64e9,
    memoryAvailableBytes: 60e9,
    openFilesLimit: 20_000,
    ...changes,
  });
}

export { server };

export function workload(changes: Partial<Workload> = {}): Workload {
  return anyWorkload({
    name: "chatter",
    position: { file: "/made/up.yaml", line: 1, column: 1 },
    connectRatePerSecond: 1000,
    connectTimeoutNs: 1e9,
    durationNs: 10e9,
    ...changes,
  });
}

export interface PlanParts {
  readonly servers?: readonly Server[];
  readonly workloads?: readonly Workload[];
  readonly processes?: number;
  readonly serverIo?: "node" | "uring";
  readonly workers?: number;
  readonly openFiles?: number;
  readonly ports?: readonly (readonly [number, number])[];
  readonly sources?: readonly (readonly [string, string])[];
  readonly addressesUsed?: number;
  readonly memoryBytes?: number;
}

/** A plan as the planner would make it of these parts, where they matter to this room. */
export function plan(parts: PlanParts = {}): Plan {
  const workloads = parts.workloads ?? [workload()];
  const servers = parts.servers ?? [server()];
  const workers = parts.workers ?? 1;
  const connections = workloads.reduce((sum, each) => sum + each.connections, 0);
  const scenario: Scenario = {
    version: 1,
    name: "fake",
    description: null,
    file: "/made/up.yaml",
    sha256: "",
    seed: 1,
    workers: null,
    io: "auto",
    repeat: 1,
    baseline: [],
    data: [],
    servers,
    hosts: [],
    workloads,
    capture: null,
    gates: [],
    at: [],
    notices: [],
  };
  return {
    scenario,
    stampTag: 0,
    io: "node",
    workers,
    hosts: [],
    agents: [
      {
        index: 0,
        host: null,
        workers: Array.from({ length: workers }, (_, i) => i),
        openFiles: parts.openFiles ?? connections + 64,
      },
    ],
    servers: servers.map(
      ({ name, listen }): ServerPlan => ({
        name,
        listen,
        processes: parts.processes ?? 1,
        io: parts.serverIo ?? "node",
        connections,
        tls: null,
      }),
    ),
    workloads: workloads.map((each, index) => ({
      index,
      name: each.name,
      endpoints: each.endpoints,
      space: {
        sources: parts.sources ?? [["127.16.0.1", "127.16.0.254"]],
        ports: parts.ports ?? [
          [1024, 32767],
          [61000, 65535],
        ],
        destinations: servers[0]?.listen ?? each.endpoints,
        connectionsPerSource: null,
      },
      portions: [
        {
          worker: 0,
          firstConnection: 0,
          connections: each.connections,
          portion: 0,
          ofPortions: 1,
          cycle: each.connections,
        },
      ],
      leased: false,
      addressesUsed: parts.addressesUsed ?? Math.min(254, each.connections),
      displayFilter: "",
      captureFilter: "",
    })),
    totals: {
      connections,
      sockets: 2 * connections,
      memoryBytes: parts.memoryBytes ?? connections * 20_000,
    },
  };
}
