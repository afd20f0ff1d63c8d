/**
 * Workloads, servers and machines as plain data, of which tests change what they are about.
 *
 * They are ordinary and small: rooms whose tests need others lay their own values over them.
 */
import type { DataSet, RowOrder } from "../../src/messages/data/data-set.ts";
import { RowStore } from "../../src/messages/data/row-store.ts";
import type { MachineFacts } from "../../src/plan/plan-types.ts";
import type { Server, Workload, WorkloadTls } from "../../src/scenario/scenario.ts";

/** A Linux machine with the kernel's default ports and nothing that listens. */
export function machine(changes: Partial<MachineFacts> = {}): MachineFacts {
  return {
    platform: "linux",
    cpus: 4,
    memoryBytes: 16e9,
    memoryAvailableBytes: 12e9,
    openFilesLimit: 1_000_000,
    ephemeralPorts: [32768, 60999],
    reservedPorts: [],
    anyIp: [],
    listening: { tcp: [], udp: [] },
    ...changes,
  };
}

/** The built-in server "echo" on 127.0.0.1:7000, without faults. */
export function server(changes: Partial<Server> = {}): Server {
  return {
    name: "echo",
    kind: "builtin",
    protocol: "tcp",
    listen: [{ address: "127.0.0.1", port: 7000 }],
    builtin: "tcp-echo",
    options: { delayNs: 0, loss: 0, pause: null, closeAfter: null, bodyBytes: 0, udp: null },
    processes: null,
    tls: null,
    command: null,
    activation: false,
    restart: null,
    ...changes,
  };
}

/** TLS as a workload has it that says no more than that it wants it. */
export const tlsByDefault: WorkloadTls = {
  ca: null,
  cert: null,
  key: null,
  serverName: null,
  alpn: [],
  minVersion: null,
  resume: false,
  insecure: false,
};

/** 100 TCP connections to the server "echo" in the closed model, for 1 s. */
export function workload(changes: Partial<Workload> = {}): Workload {
  return {
    name: "test",
    position: { file: "test.yaml", line: 1, column: 1 },
    server: "echo",
    protocol: "tcp",
    endpoints: [],
    pattern: "request",
    hosts: [],
    sources: [],
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
    open: [],
    steps: [],
    message: { kind: "size", bytes: 64 },
    parts: null,
    applicationProtocol: null,
    framingEach: null,
    expectEach: null,
    id: null,
    unsolicited: null,
    publishes: [],
    framing: { kind: "echo" },
    expect: { kind: "any" },
    reconnect: false,
    reconnectDelayNs: 0,
    verify: false,
    keepAliveNs: null,
    keepAliveConnections: null,
    expectClose: false,
    exchangesPerConnection: 1,
    close: "fin",
    totalConnections: null,
    socket: "connected",
    rotateEvery: null,
    receiveErrors: false,
    wireTime: false,
    noDelay: true,
    tls: null,
    slow: null,
    telemetry: null,
    broadcast: null,
    thinkNs: 0,
    ...changes,
  };
}

/** Rows with these columns; a set whose only column is "line" is one of lines. */
export function dataSet(
  name: string,
  order: RowOrder,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): DataSet {
  const store = new RowStore(columns);
  for (const cell of rows.flat()) store.add(cell, "utf8");
  return { name, format: columns[0] === "line" ? "lines" : "csv", order, rows: store.rows };
}
