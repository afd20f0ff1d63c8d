import type { MachineFacts } from "../../src/scenario/plan-types.ts";
import type { Scenario, Server, Workload } from "../../src/scenario/scenario.ts";

/** A Linux machine with the kernel's defaults and nothing that listens. */
export function machine(changes: Partial<MachineFacts> = {}): MachineFacts {
  return {
    platform: "linux",
    cpus: 4,
    memoryBytes: 16e9,
    memoryAvailableBytes: 12e9,
    openFilesLimit: 1_000_000,
    ephemeralPorts: [32768, 60999],
    reservedPorts: [],
    listening: { tcp: [], udp: [] },
    ...changes,
  };
}

export function server(changes: Partial<Server> = {}): Server {
  return {
    name: "echo",
    kind: "builtin",
    protocol: "tcp",
    listen: [{ address: "127.0.0.1", port: 7000 }],
    builtin: "tcp-echo",
    options: { delayNs: 0, loss: 0, stall: null, closeAfter: null, bodyBytes: 0 },
    processes: null,
    command: null,
    ...changes,
  };
}

function workload(changes: Partial<Workload> = {}): Workload {
  return {
    name: "idle",
    position: { file: "test.yaml", line: 10, column: 3 },
    server: "echo",
    protocol: "tcp",
    endpoints: [],
    pattern: "request",
    sources: ["127.16.0.0/24"],
    ports: null,
    connections: 100,
    connectionsPerSource: null,
    connectRatePerSecond: null,
    connectTimeoutNs: 5e9,
    startTimeNs: 0,
    warmUpNs: 0,
    durationNs: 1e9,
    load: { model: "closed", thinkNs: 0, exchanges: null },
    timeoutNs: 1e9,
    inFlight: 1,
    message: { kind: "size", bytes: 64 },
    framing: { kind: "echo" },
    expect: { kind: "any" },
    reconnect: false,
    reconnectDelayNs: 0,
    verify: false,
    keepAliveNs: null,
    exchangesPerConnection: 1,
    close: "fin",
    totalConnections: null,
    socket: "connected",
    noDelay: true,
    ...changes,
  };
}

/** A scenario with the server "echo" unless servers are given; workloads stand at lines 10, 20, ... */
export function scenario(
  workloads: readonly Partial<Workload>[],
  servers: readonly Server[] = [server()],
): Scenario {
  return {
    version: 1,
    name: "test",
    description: null,
    file: "/scenarios/test.yaml",
    sha256: "0".repeat(64),
    seed: 1,
    workers: null,
    io: "auto",
    servers,
    workloads: workloads.map((changes, index) =>
      workload({
        name: `w${index}`,
        position: { file: "test.yaml", line: 10 * (index + 1), column: 3 },
        ...changes,
      }),
    ),
    gates: [],
  };
}
