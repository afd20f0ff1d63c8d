/** A run passes only for what was seen: without gates as well. */
import { describe, expect, test } from "vitest";
import { formatEndpoint } from "../../src/address/flow.ts";
import { deadEndpoint, type RawServer, tcpServer, udpServer } from "../support/raw-servers.ts";
import { runScenario } from "../support/run-scenario.ts";

/** One workload against a target that runs already, or a server of the scenario's. */
const scenarioOf = (target: string, workload: string, more = "") => `version: 1
name: seen
${more}
workloads:
  w:
    target: ${target}
    sources: 127.108.1.1-127.108.1.20
    timeout: 200ms
${workload
  .split("\n")
  .map((line) => `    ${line}`)
  .join("\n")}
`;

const at = (protocol: string, { endpoint }: Pick<RawServer, "endpoint">) =>
  `${protocol}://${formatEndpoint(endpoint)}`;

const lines = 'message: "X\\r\\n"\nframing: { delimiter: "\\r\\n" }';

describe("the run fails without a gate", () => {
  test("where the target ends every connection without an answer", async () => {
    await using server = await tcpServer((socket) => socket.on("data", () => socket.end()));
    const workload = `pattern: churn\n${lines}\nrate: 50/s\nduration: 500ms`;
    const { status, result } = await runScenario(scenarioOf(at("tcp", server), workload));
    expect(status).toBe(99);
    expect(result.run.reasons[0]).toMatch(/^w: none of \d+ exchanges succeeded in steady state/);
    expect(result.workloads.w?.exchanges.received).toBe(0);
  });

  test("where nobody answers, as the time is up", async () => {
    await using server = await udpServer(() => {});
    const workload = "pattern: request\nmessage: hello\nrate: 50/s\nduration: 500ms";
    const { status, result } = await runScenario(scenarioOf(at("udp", server), workload));
    expect(status).toBe(99);
    expect(result.run.reasons.join()).toContain("nothing was received (TIMEOUT)");
  });

  test("where every reply is refused", async () => {
    await using server = await tcpServer((socket) =>
      socket.on("data", () => socket.write("no\r\n")),
    );
    const workload = `pattern: request\n${lines}\nexpect: { text: "yes\\r\\n" }\nexchanges: 20`;
    const { status, result } = await runScenario(scenarioOf(at("tcp", server), workload));
    expect(status).toBe(99);
    expect(result.run.reasons.join()).toContain("every reply was refused (UNEXPECTED)");
    expect(result.workloads.w?.exchanges.received).toBe(20);
  });

  test("where every connection is closed at once", async () => {
    await using server = await tcpServer((socket) => socket.end());
    const workload = `pattern: request\nreconnect: false\n${lines}\nduration: 300ms`;
    const { status, result } = await runScenario(scenarioOf(at("tcp", server), workload));
    expect(status).toBe(99);
    expect(result.workloads.w?.exchanges.received).toBe(0);
  });

  test("where the server of a stream gets nothing", async () => {
    const servers = 'servers: { sink: { builtin: udp-sink, listen: "127.0.0.1:0", loss: 100% } }';
    const workload = "pattern: stream\nrate: 100/s\nduration: 300ms";
    const { status, result } = await runScenario(scenarioOf("sink", workload, servers));
    expect(status).toBe(99);
    expect(result.run.reasons.join()).toMatch(/none of \d+ messages was received by the server/);
    expect(result.workloads.w?.exchanges).toMatchObject({ countedBy: "server", received: 0 });
  });

  test("where a hold held nothing to its end", async () => {
    await using server = await tcpServer((socket) => setTimeout(() => socket.end(), 100));
    const workload = "pattern: hold\nconnections: 5\nduration: 500ms";
    const yaml = scenarioOf(at("tcp", server), workload);
    const { status, result } = await runScenario(yaml);
    expect(status).toBe(99);
    const { connections, errors } = result.workloads.w ?? {};
    expect(connections).toMatchObject({ peak: 5, closedByTarget: 5, openAtEnd: 0 });
    // In which phase each was closed depends on how fast the machine is.
    expect(new Set(errors?.map(({ code }) => code))).toEqual(new Set(["CLOSED_BY_TARGET"]));
    expect(errors?.reduce((sum, { count }) => sum + count, 0)).toBe(5);
    const expected = await runScenario(`${yaml}    expectClose: true\n`);
    expect(expected.status).toBe(0);
    expect(expected.result.workloads.w).toMatchObject({ errors: [] });
  });
});

test("what is open when steady state ends counts, not what slash8 then closes", async () => {
  let accepted = 0;
  await using server = await tcpServer((socket) => {
    if (accepted++ < 2) setTimeout(() => socket.end(), 100);
  });
  // The preflight's own connection is the first.
  const workload = "pattern: hold\nconnections: 9\nduration: 500ms";
  const gate = "gates: [w.connections.openAtEnd >= 8]\n";
  const { status, result } = await runScenario(scenarioOf(at("tcp", server), workload) + gate);
  expect(result.workloads.w?.connections).toMatchObject({ opened: 9, openAtEnd: 8 });
  expect(status).toBe(0);
});

test("a workload for which nothing was due makes the run invalid", async () => {
  await using server = await udpServer((bytes, from, socket) =>
    socket.send(bytes, from.port, from.address),
  );
  const workload = "pattern: request\nmessage: hello\nrate: 1/s\nwarmUp: 200ms\nduration: 200ms";
  const { status, result } = await runScenario(scenarioOf(at("udp", server), workload));
  expect(status).toBe(4);
  expect(result.run).toMatchObject({ invalidBy: "data" });
  expect(result.run.reasons).toEqual([expect.stringContaining("nothing was due")]);
});

test("a target that refuses every connection fails the run", async () => {
  const dead = await deadEndpoint();
  // Ready by a delay: nobody looks whether it listens.
  const servers = `servers: { s: { command: [sleep, "60"], listen: "${formatEndpoint(dead)}", ready: { delay: 10ms } } }`;
  const workload = `pattern: churn\n${lines}\nrate: 50/s\nduration: 300ms`;
  const { status, result } = await runScenario(scenarioOf("s", workload, servers));
  expect(status).toBe(99);
  expect(result.run.reasons[0]).toMatch(
    /none of \d+ attempts to connect succeeded \(ECONNREFUSED\)/,
  );
});

describe("UDP to a port where nothing listens", () => {
  const closed = async (workload: string, more = "") => {
    const { address } = await deadEndpoint();
    return scenarioOf(`udp://${address}:9`, workload, more);
  };

  test.each([
    ["request", "connections: 5\npattern: request\nmessage: hello\nrate: 100/s\nduration: 60s"],
    ["stream", "connections: 5\npattern: stream\nmessage: hello\nrate: 100/s\nduration: 60s"],
    ["loop", "connections: 5\npattern: request\nmessage: hello\nduration: 60s"],
  ])("%s ends soon, and says so once", async (_, workload) => {
    const { status, result, stderr } = await runScenario(await closed(workload));
    expect(status).toBe(99);
    // Of a minute that it was to last; how long a busy machine takes for a second is not looked at.
    expect(result.run.durationMs).toBeLessThan(50_000);
    expect(result.run.reasons).toEqual([
      expect.stringMatching(
        /^w: 5 of 5 flows were refused by ICMP, as nothing listens at 127\.0\.0\.1:9 /,
      ),
    ]);
    expect(stderr.match(/nothing listens/g)).toHaveLength(1);
  });

  test("lasts where a gate is about it", async () => {
    const workload = "connections: 50\npattern: request\nmessage: hello\nrate: 50/s\nduration: 2s";
    const gates = "gates: [w.exchanges.received == 0, w.connections.refused == 50]\n";
    const { status, result } = await runScenario((await closed(workload)) + gates);
    expect(status).toBe(0);
    expect(result.workloads.w?.exchanges.sent).toBe(100);
  });
});
