/**
 * Restarts during the run, through the built command: what the right ones keep, and the wrong ones lose. They take
 * their time, most of it waiting: some run at once, each from sources of its own.
 */
import { describe, expect, test } from "vitest";
import type { RunResult } from "../../../src/results/result.ts";
import { freePort } from "../../support/free-port.ts";
import { runScenario } from "../../support/run-scenario.ts";

const linux = process.platform === "linux";

/** Connections that stay, and ones that come and go; `network` is the first half of their addresses. */
const workloads = (network: string) => `
workloads:
  guests:
    target: echo
    pattern: request
    sources: ${network}.1.0/24
    connections: 20
    inFlight: 50
    message: { size: 64 }
    framing: echo
    reconnect: true
    reconnectDelay: 20ms
    rate: 200/s
    duration: 6s
    timeout: 3s
  visits:
    target: echo
    pattern: churn
    sources: ${network}.2.0/24
    connections: 20
    exchangesPerConnection: 4
    message: { size: 64 }
    framing: echo
    rate: 30/s
    duration: 6s
    timeout: 3s
`;

const onlyGuests = (network: string) => workloads(network).split("  visits:")[0];

/** A server in the manner of those that systemd starts: takes the socket it finds, drains at SIGTERM. */
const activated = `
  if (Number(process.env.LISTEN_PID) !== process.pid) process.exit(3);
  if (process.env.LISTEN_FDS !== "1" || process.env.LISTEN_FDNAMES !== "echo") process.exit(4);
  const server = require("net").createServer((socket) => socket.on("error", () => {}).pipe(socket));
  server.listen({ fd: 3 }, () => console.log("ready"));
  process.on("SIGTERM", () => server.close(() => process.exit(0)));`;

function restartsOf(result: RunResult) {
  return result.servers.echo?.restarts ?? [];
}

test.concurrent("a restart that would come after the run is told to have been none", async () => {
  const { status, result } = await runScenario(`version: 1
name: late
servers:
  echo: { builtin: tcp-echo, restart: { at: [300ms, 1h], order: stopFirst } }
workloads:
  guests: { target: echo, pattern: request, connections: 1, message: { size: 64 }, framing: echo, think: 10ms, duration: 1s, reconnect: true }
`);
  expect(status).toBe(0);
  expect(restartsOf(result)).toHaveLength(1);
  expect(result.warnings.join("\n")).toContain("server echo was not restarted at 1h0m0s");
});

describe("a TCP server that restarts as it should", { concurrent: true, skip: !linux }, () => {
  test("a built-in one: nothing is lost, refused or reset", async () => {
    const { status, result } = await runScenario(`version: 1
name: graceful
servers:
  echo: { builtin: tcp-echo, restart: { at: [1s, 3s], drainTimeout: 60s } }
${workloads("127.171")}
gates:
  - servers.echo.restarts.count == 2
  - servers.echo.restarts.lost == 0
  - guests.restarts.kept == 40
  - visits.restarts.failed == 0
`);
    expect(result.run.reasons).toEqual([]);
    expect(status).toBe(0);
    for (const restart of restartsOf(result)) {
      expect(restart).toMatchObject({ order: "startFirst", reset: 0, failed: 0, lost: 0 });
      expect(restart.readyMs).toBeGreaterThan(0);
      expect(restart.longestGapMs).toBeGreaterThanOrEqual(0);
      expect(restart.opened).toBeGreaterThan(0);
    }
    expect(result.workloads.guests?.connections.opened).toBe(20);
  });

  test("a command that is handed its socket", async () => {
    const { status, result } = await runScenario(`version: 1
name: activated
servers:
  echo:
    command: [${JSON.stringify(process.execPath)}, -e, ${JSON.stringify(activated)}]
    listen: 127.0.0.1:${await freePort()}
    activation: true
    ready: { output: "^ready" }
    restart: { every: 2s, drainTimeout: 60s }
${workloads("127.172")}
gates:
  - servers.echo.restarts.lost == 0
  - servers.echo.restarts.reset == 0
  - servers.echo.restarts.failed == 0
`);
    expect(result.run.reasons).toEqual([]);
    expect(status).toBe(0);
    expect(restartsOf(result).length).toBeGreaterThanOrEqual(2);
    expect(restartsOf(result)[0]).toMatchObject({ order: "startFirst", misrouted: null });
  });

  test("one that does not drain in time is killed, which is said, and its connections are reset", async () => {
    const { status, result } = await runScenario(`version: 1
name: killed
servers:
  echo: { builtin: tcp-echo, restart: { at: 1s, drainTimeout: 200ms } }
${onlyGuests("127.173")}
gates:
  - servers.echo.restarts.killed == 1
  - guests.restarts.reset == 20
`);
    expect(status).toBe(0);
    expect(restartsOf(result)).toMatchObject([
      { oldInstance: "killed", exit: { code: null, signal: "SIGKILL" }, kept: 0, reset: 20 },
    ]);
    expect(result.warnings).toEqual(
      expect.arrayContaining([expect.stringContaining("had not drained after 200 ms")]),
    );
  });
});

describe.concurrent("a TCP server that is stopped and started", () => {
  test("a built-in one loses every connection, and refuses new ones meanwhile", async () => {
    const { status, result } = await runScenario(`version: 1
name: abrupt
servers:
  echo: { builtin: tcp-echo, restart: { at: 2s, order: stopFirst } }
${onlyGuests("127.174")}
gates:
  - guests.restarts.reset == 20
  - guests.restarts.kept == 0
  - servers.echo.restarts.failed > 0
  - servers.echo.restarts.longestGapMs > 20ms
`);
    expect(result.run.reasons).toEqual([]);
    expect(status).toBe(0);
  });

  test("a new instance that does not come up fails the run", async () => {
    const port = await freePort();
    const once = `
      const fs = require("fs");
      try { fs.writeFileSync("started", "", { flag: "wx" }); } catch { process.exit(5); }
      const server = require("net").createServer((s) => s.on("error", () => {}).pipe(s));
      server.listen(${port}, "127.0.0.1");
      process.on("SIGTERM", () => process.exit(0));`;
    const { status, result } = await runScenario(`version: 1
name: broken
servers:
  echo:
    command: [${JSON.stringify(process.execPath)}, -e, ${JSON.stringify(once)}]
    listen: 127.0.0.1:${port}
    restart: { at: 1s }
${onlyGuests("127.175")}
`);
    expect(status).toBe(99);
    expect(result.run.outcome).toBe("fail");
    expect(result.run.reasons[0]).toMatch(/^server echo could not be restarted: .*exit code 5/);
    expect(restartsOf(result)).toMatchObject([{ order: "stopFirst", readyMs: null }]);
  });
});

/** Flows that never pause, and ones that take a fresh port every few exchanges. */
const udpWorkloads = (network: string) => `
workloads:
  talkers:
    target: echo
    pattern: request
    sources: ${network}.1.0/24
    connections: 40
    inFlight: 4
    message: { size: 64 }
    expect: echo
    rate: 200/s
    duration: 6s
    timeout: 3s
  visitors:
    target: echo
    pattern: request
    socket: rotating
    rotateEvery: 4
    sources: ${network}.2.0/24
    connections: 10
    message: { size: 64 }
    expect: echo
    rate: 50/s
    duration: 6s
    timeout: 3s
`;

describe("a UDP server that restarts as it should", { concurrent: true, skip: !linux }, () => {
  test.for([
    ["established", "127.176"],
    ["specific", "127.177"],
  ] as const)("mode %s: no datagram is lost", async ([mode, network]) => {
    const { status, result } = await runScenario(`version: 1
name: graceful
servers:
  echo:
    builtin: udp-echo
    mode: ${mode}
    restart: { at: [1s, 3s], drainTimeout: 60s }
${udpWorkloads(network)}
gates:
  - servers.echo.restarts.count == 2
  - servers.echo.restarts.lost == 0
  - servers.echo.restarts.reset == 0
  - talkers.restarts.kept == 80
`);
    expect(result.run.reasons).toEqual([]);
    expect(status).toBe(0);
    for (const { misrouted } of restartsOf(result)) {
      if (mode === "established") expect(misrouted).toBe(0);
      else expect(misrouted).toBeGreaterThanOrEqual(40);
    }
    const { exchanges, errors } = result.workloads.talkers ?? {};
    expect(exchanges).toMatchObject({ timedOut: 0, duplicated: 0, corrupted: 0 });
    expect(errors).toEqual([]);
  });
});

test.concurrent("a UDP server that is stopped and started loses datagrams", async () => {
  const { status, result } = await runScenario(`version: 1
name: abrupt
servers:
  echo: { builtin: udp-echo, restart: { at: 2s, order: stopFirst } }
${udpWorkloads("127.178").split("  visitors:")[0]}
gates:
  - servers.echo.restarts.lost > 0
  - servers.echo.restarts.reset > 0
  - servers.echo.restarts.longestGapMs > 20ms
`);
  expect(result.run.reasons).toEqual([]);
  expect(status).toBe(0);
});
