/** Whole runs over Node's sockets, where all other tests of this folder run over io_uring: one of each kind. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { backends } from "../../src/io/backends.ts";
import { tcpServer } from "../support/raw-servers.ts";
import { startCli } from "../support/run-cli.ts";
import { runAsBuilt } from "../support/run-scenario.ts";
import { testIo } from "../support/test-io.ts";
import { beaconWorkload, startBeacon } from "./beacon.ts";
import { echoScenario, resultOf, runStopped, startLoad } from "./runs.ts";

const linux = process.platform === "linux";

/** Every pattern, every kind of socket; as many messages as can be counted beforehand. */
const everything = `version: 1
name: everything
servers:
  echo: { builtin: tcp-echo, listen: "127.0.0.1:0" }
  sink: { builtin: tcp-sink, listen: "127.0.0.1:0" }
  datagrams: { builtin: udp-echo, listen: "127.0.0.1:0" }
workloads:
  asks: { target: echo, pattern: request, sources: 127.93.10.0/24, connections: 8, rate: 200/s, duration: 1s, message: { size: 64 }, expect: echo, timeout: 20s }
  stays: { target: echo, pattern: hold, sources: 127.93.11.0/24, connections: 50, verify: true, duration: 1s, message: { size: 64 }, expect: echo, timeout: 20s }
  visits: { target: echo, pattern: churn, sources: 127.93.12.0/24, connections: 10, totalConnections: 300, message: { size: 64 }, expect: echo, timeout: 20s }
  pours: { target: sink, pattern: stream, sources: 127.93.13.0/24, connections: 4, rate: 400/s, duration: 1s, message: { size: 256 } }
  connected: { target: datagrams, pattern: request, sources: 127.93.14.0/24, connections: 8, rate: 200/s, duration: 1s, message: { size: 64 }, expect: echo, timeout: 20s }
  unconnected: { target: datagrams, pattern: request, socket: unconnected, sources: 127.93.15.0/24, connections: 8, rate: 200/s, duration: 1s, message: { size: 64 }, expect: echo, timeout: 20s }
  rotating: { target: datagrams, pattern: request, socket: rotating, rotateEvery: 4, sources: 127.93.16.0/24, connections: 8, rate: 200/s, duration: 1s, message: { size: 64 }, expect: echo, timeout: 20s }
gates:
  - total.errors == 0
`;

const expected: readonly (readonly [string, number])[] = [
  ["asks", 200],
  ["stays", 50],
  ["visits", 300],
  ["pours", 400],
  ["connected", 200],
  ["unconnected", 200],
  ["rotating", 200],
];

test("every pattern, over TCP and UDP, over two workers", async () => {
  const run = startLoad(everything, ["--workers", "2"]);
  const answer = await run.finished();
  expect(answer.status, answer.stderr).toBe(0);
  const result = resultOf(run.cwd, answer);
  expect(result.run).toMatchObject({ outcome: "pass", io: testIo, workers: 2 });
  for (const [name, messages] of expected) {
    const { exchanges, errors } = result.workloads[name] ?? {};
    expect(exchanges, name).toMatchObject({ sent: messages, received: messages, timedOut: 0 });
    expect(errors, name).toEqual([]);
  }
  expect(result.workloads.visits?.connections).toMatchObject({ opened: 300, failed: 0 });
});

test.runIf(linux)(
  "holds 5,000 connections over as many processes as their open files take, each verified by an echo",
  async () => {
    const connections = 5000;
    const { status, result, stderr } = await runAsBuilt(
      `version: 1
name: hold
servers:
  echo: { builtin: tcp-echo, listen: "127.0.0.1:0" }
workloads:
  idle: { target: echo, pattern: hold, connections: ${connections}, connectRate: 3000/s, connectTimeout: 60s, timeout: 60s, verify: true, duration: 2s, message: { size: 64 }, expect: echo }
gates:
  - idle.connections.peak == ${connections}
  - idle.exchanges.received == ${connections}
  - total.errors == 0
`,
      { limit: "-n 3000" },
    );
    expect(result.run.reasons, stderr).toEqual([]);
    expect(status).toBe(0);
    expect(result.workloads.idle?.connections.failed).toBe(0);
    expect(result.host.openFiles).toBe(3000);
    expect(result.run.agents).toBeGreaterThan(1);
  },
);

test.runIf(linux)("a broadcast reaches all its receivers", async () => {
  const run = startLoad(`version: 1
name: feed
workloads:
  feed: { pattern: broadcast, target: "udp://127.255.255.255:0", sources: 127.93.17.0/24, connections: 4, rate: 200/s, duration: 1s, receivers: 4, receiverProcesses: 2 }
`);
  const answer = await run.finished();
  expect(answer.status, answer.stderr).toBe(0);
  const { exchanges } = resultOf(run.cwd, answer).workloads.feed ?? {};
  expect(exchanges).toMatchObject({ sent: 200, received: 800, lost: 0, duplicated: 0 });
});

test("Ctrl-C drains, and what was measured is written", async () => {
  const beacon = await startBeacon();
  const run = startLoad(echoScenario(60, beaconWorkload(beacon)));
  await beacon.received(20);
  run.cli.kill("SIGINT");
  const answer = await run.finished();
  expect(answer.status).toBe(130);
  const result = resultOf(run.cwd, answer);
  expect(result.run.outcome).toBe("interrupted");
  const { exchanges } = result.workloads.beacon ?? {};
  expect(exchanges?.received).toBeGreaterThan(10);
  expect(exchanges?.received).toBe(exchanges?.sent);
});

test("a server's death during the run fails the run", async () => {
  const beacon = await startBeacon();
  const run = startLoad(echoScenario(60, beaconWorkload(beacon)));
  await beacon.received(20);
  const server = run.processes().find((line) => line.includes("servers/process/main"));
  process.kill(Number.parseInt(server ?? "", 10), "SIGKILL");
  const answer = await run.finished();
  expect(answer.status).toBe(99);
  expect(resultOf(run.cwd, answer).run.reasons.join("\n")).toMatch(
    /server echo exited during the run/,
  );
});

// They wait for most of their time.
describe("whose fault a stop was", { concurrent: true, skip: !linux }, () => {
  test("the load generator's", async () => {
    const { answer, result } = await runStopped("agent/main");
    expect(answer.status, answer.stdout).toBe(4);
    expect(result.run).toMatchObject({ outcome: "invalid", invalidBy: "generator" });
  });

  test("the server's", async () => {
    const { answer, result } = await runStopped("servers/process/main");
    expect(answer.status, answer.stdout).toBe(99);
    expect(result.run).toMatchObject({ outcome: "fail", invalidBy: null });
  });
});

/** A UDP server as its shipped scenario shows it, for a second. */
async function udpServerRun(name: string) {
  const file = join(import.meta.dirname, `../../scenarios/${name}.yaml`);
  const source = readFileSync(file, "utf8").replaceAll(/sources: 127\.\d+\./g, "sources: 127.94.");
  const run = startLoad(source, ["--quiet", "--set", "workloads.askers.duration=1s"]);
  return { run, answer: await run.finished() };
}

test("wildcard-pktinfo takes one socket for each address, and says so", async () => {
  const { run, answer } = await udpServerRun("udp-server-pktinfo");
  expect(answer.status, answer.stderr).toBe(0);
  const result = resultOf(run.cwd, answer);
  expect(result.workloads.askers?.exchanges).toMatchObject({ wrongSource: 0, timedOut: 0 });
  const notices = result.warnings.filter((warning) => warning.includes("one socket for each"));
  expect(notices).toHaveLength(1);
});

test("reuseport is refused where Node cannot, with the reason", async () => {
  const { answer } = await udpServerRun("udp-server-reuseport");
  const obstacle = backends[testIo].capabilities.reusePortObstacle();
  expect(answer.status, answer.stderr).toBe(obstacle === null ? 0 : 3);
  if (obstacle !== null) expect(answer.stderr).toContain(obstacle);
});

test("a relay passes bytes on both ways, and counts them", async () => {
  await using server = await tcpServer((socket) =>
    socket.on("data", (chunk) => socket.write(chunk)),
  );
  const to = `127.0.0.1:${server.endpoint.port}`;
  const relay = startCli([
    ...["relay", "--io", testIo, "--json", "--listen", "127.0.0.1:0", "--to", to],
    ...["--from", "127.0.0.2"],
  ]);
  try {
    await relay.printed(/"filters".*\n/);
    const port = Number(/"listen":"127\.0\.0\.1:(\d+)"/.exec(relay.stdout())?.[1]);
    const client = net.connect(port, "127.0.0.1");
    client.write("hello");
    const [bytes] = (await once(client, "data")) as [Buffer];
    expect(bytes.toString()).toBe("hello");
    client.end();
    await once(client, "close");
    relay.kill("SIGINT");
    const { status, stdout } = await relay.finished;
    expect(status).toBe(0);
    expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({
      opened: 1,
      bytesToTarget: 5,
      bytesToClient: 5,
    });
  } finally {
    relay.kill("SIGKILL");
  }
});
