/**
 * Restarts during the run, through the built command: what the right ones keep, and the wrong ones lose. They take
 * their time, most of it waiting: servers that are to end alike restart in one run, each with workloads of its own, and
 * the runs are made at once.
 */
import { beforeAll, describe, expect, test } from "vitest";
import type { RunResult } from "../../../src/results/result.ts";
import { freePort } from "../../support/ports/free-port.ts";
import { runScenario } from "../../support/run-scenario.ts";

const linux = process.platform === "linux";

/** Sources of a workload, which no other one has. */
let networks = 0;
const sources = () => `127.${171 + (networks >> 6)}.${networks++ & 63}.0/24`;

/** Connections of a server that stay. */
const guests = (server: string) => `
  ${server}Guests:
    target: ${server}
    pattern: request
    sources: ${sources()}
    connections: 20
    inFlight: 50
    message: { size: 64 }
    framing: echo
    reconnect: true
    reconnectDelay: 20ms
    rate: 200/s
    duration: 8s
    timeout: 3s
`;

/** Connections that come and go. */
const visits = (server: string) => `
  ${server}Visits:
    target: ${server}
    pattern: churn
    sources: ${sources()}
    connections: 20
    exchangesPerConnection: 4
    message: { size: 64 }
    framing: echo
    rate: 30/s
    duration: 8s
    timeout: 3s
`;

/** Flows that never pause. */
const talkers = (server: string) => `
  ${server}Talkers:
    target: ${server}
    pattern: request
    sources: ${sources()}
    connections: 40
    inFlight: 4
    message: { size: 64 }
    expect: echo
    rate: 200/s
    duration: 8s
    timeout: 3s
`;

/** Flows that take a fresh port every few exchanges. */
const visitors = (server: string) => `
  ${server}Visitors:
    target: ${server}
    pattern: request
    socket: rotating
    rotateEvery: 4
    sources: ${sources()}
    connections: 10
    message: { size: 64 }
    expect: echo
    rate: 50/s
    duration: 8s
    timeout: 3s
`;

/** A server in the manner of those that systemd starts: takes the socket it finds, drains at SIGTERM. */
const activated = `
  if (Number(process.env.LISTEN_PID) !== process.pid) process.exit(3);
  if (process.env.LISTEN_FDS !== "1" || process.env.LISTEN_FDNAMES !== "activated") process.exit(4);
  const server = require("net").createServer((socket) => socket.on("error", () => {}).pipe(socket));
  server.listen({ fd: 3 }, () => console.log("ready"));
  process.on("SIGTERM", () => server.close(() => process.exit(0)));`;

function restartsOf(result: RunResult, server: string) {
  return result.servers[server]?.restarts ?? [];
}

/** A run that passes. */
async function passing(scenario: string): Promise<RunResult> {
  const { status, result } = await runScenario(scenario);
  expect(result.run.reasons).toEqual([]);
  expect(status).toBe(0);
  return result;
}

describe.concurrent("restarts", () => {
  describe("a TCP server that restarts as it should", { skip: !linux }, () => {
    let result: RunResult;
    beforeAll(async () => {
      result = await passing(`version: 1
name: graceful
servers:
  builtIn: { builtin: tcp-echo, restart: { at: [1s, 3s], drainTimeout: 60s } }
  activated:
    command: [${JSON.stringify(process.execPath)}, -e, ${JSON.stringify(activated)}]
    listen: 127.0.0.1:${await freePort()}
    activation: true
    ready: { output: "^ready" }
    restart: { every: 2s, drainTimeout: 60s }
  late: { builtin: tcp-echo, restart: { at: [300ms, 1h], order: stopFirst } }
workloads:
${guests("builtIn")}${visits("builtIn")}${guests("activated")}${visits("activated")}
  lateGuests: { target: late, pattern: request, sources: ${sources()}, connections: 1, message: { size: 64 }, framing: echo, think: 10ms, duration: 8s, reconnect: true }
gates:
  - servers.builtIn.restarts.count == 2
  - servers.builtIn.restarts.lost == 0
  - builtInGuests.restarts.kept == 40
  - builtInVisits.restarts.failed == 0
  - servers.activated.restarts.lost == 0
  - servers.activated.restarts.reset == 0
  - servers.activated.restarts.failed == 0
`);
    });

    test("a built-in one: nothing is lost, refused or reset", () => {
      for (const restart of restartsOf(result, "builtIn")) {
        expect(restart).toMatchObject({ order: "startFirst", reset: 0, failed: 0, lost: 0 });
        expect(restart.readyMs).toBeGreaterThan(0);
        expect(restart.longestGapMs).toBeGreaterThanOrEqual(0);
        expect(restart.opened).toBeGreaterThan(0);
      }
      expect(result.workloads.builtInGuests?.connections.opened).toBe(20);
    });

    test("a command that is handed its socket", () => {
      const restarts = restartsOf(result, "activated");
      expect(restarts.length).toBeGreaterThanOrEqual(2);
      expect(restarts[0]).toMatchObject({ order: "startFirst", misrouted: null });
    });

    test("a restart that would come after the run is told to have been none", () => {
      expect(restartsOf(result, "late")).toHaveLength(1);
      expect(result.warnings.join("\n")).toContain("server late was not restarted at 1h0m0s");
    });
  });

  describe("a UDP server that restarts as it should", { skip: !linux }, () => {
    const modes = ["established", "specific"] as const;
    let result: RunResult;
    beforeAll(async () => {
      const each = (text: (mode: string) => string) => modes.map(text).join("");
      result = await passing(`version: 1
name: graceful
servers:
${each((mode) => `  ${mode}: { builtin: udp-echo, mode: ${mode}, restart: { at: [1s, 3s], drainTimeout: 60s } }\n`)}
workloads:
${each((mode) => talkers(mode) + visitors(mode))}
gates:
${each(
  (mode) => `
  - servers.${mode}.restarts.count == 2
  - servers.${mode}.restarts.lost == 0
  - servers.${mode}.restarts.reset == 0
  - ${mode}Talkers.restarts.kept == 80
`,
)}
`);
    });

    test.each(modes)("mode %s: no datagram is lost", (mode) => {
      for (const { misrouted } of restartsOf(result, mode)) {
        if (mode === "established") expect(misrouted).toBe(0);
        else expect(misrouted).toBeGreaterThanOrEqual(40);
      }
      const { exchanges, errors } = result.workloads[`${mode}Talkers`] ?? {};
      expect(exchanges).toMatchObject({ timedOut: 0, duplicated: 0, corrupted: 0 });
      expect(errors).toEqual([]);
    });
  });

  describe("a server that is stopped", () => {
    let result: RunResult;
    beforeAll(async () => {
      const killed = linux
        ? "  killed: { builtin: tcp-echo, restart: { at: 1s, drainTimeout: 200ms } }\n"
        : "";
      result = await passing(`version: 1
name: abrupt
servers:
${killed}  stopped: { builtin: tcp-echo, restart: { at: 2s, order: stopFirst } }
  udp: { builtin: udp-echo, restart: { at: 2s, order: stopFirst } }
workloads:
${linux ? guests("killed") : ""}${guests("stopped")}${talkers("udp")}
gates:
${linux ? "  - servers.killed.restarts.killed == 1\n  - killedGuests.restarts.reset == 20\n" : ""}
  - stoppedGuests.restarts.reset == 20
  - stoppedGuests.restarts.kept == 0
  - servers.stopped.restarts.failed > 0
  - servers.stopped.restarts.longestGapMs > 20ms
  - servers.udp.restarts.lost > 0
  - servers.udp.restarts.reset > 0
  - servers.udp.restarts.longestGapMs > 20ms
`);
    });

    test.runIf(linux)(
      "and does not drain in time is killed, which is said, and its connections are reset",
      () => {
        expect(restartsOf(result, "killed")).toMatchObject([
          { oldInstance: "killed", exit: { code: null, signal: "SIGKILL" }, kept: 0, reset: 20 },
        ]);
        expect(result.warnings).toEqual(
          expect.arrayContaining([expect.stringContaining("had not drained after 200 ms")]),
        );
      },
    );

    test("before it is started loses every connection, and refuses new ones meanwhile", () => {
      expect(restartsOf(result, "stopped")).toMatchObject([{ order: "stopFirst", reset: 20 }]);
    });

    test("before it is started loses datagrams", () => {
      expect(restartsOf(result, "udp")).toMatchObject([{ order: "stopFirst" }]);
    });
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
workloads:
${guests("echo")}
`);
    expect(status).toBe(99);
    expect(result.run.outcome).toBe("fail");
    expect(result.run.reasons[0]).toMatch(/^server echo could not be restarted: .*exit code 5/);
    expect(restartsOf(result, "echo")).toMatchObject([{ order: "stopFirst", readyMs: null }]);
  });
});
