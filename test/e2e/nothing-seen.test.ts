/** A run passes only for what was seen: without gates as well. What fails for the same cause fails in one run. */
import type { Socket } from "node:net";
import { beforeAll, describe, expect, test } from "vitest";
import { formatEndpoint } from "../../src/address/flow.ts";
import type { RunResult } from "../../src/results/result.ts";
import { deadEndpoint, type RawServer, tcpServer, udpServer } from "../support/raw-servers.ts";
import { runAsBuilt, runScenario } from "../support/run-scenario.ts";

/** Workloads against targets that run already, or against servers of the scenario's. */
const scenarioOf = (
  workloads: Readonly<Record<string, readonly [target: string, fields: string]>>,
  more = "",
) => `version: 1
name: seen
${more}
workloads:
${Object.entries(workloads)
  .map(([name, [target, fields]], index) => {
    const sources = `127.108.${index + 1}.1-127.108.${index + 1}.20`;
    return `  ${name}: { target: "${target}", sources: ${sources}, timeout: 200ms, ${fields} }\n`;
  })
  .join("")}`;

const at = (protocol: string, { endpoint }: Pick<RawServer, "endpoint">) =>
  `${protocol}://${formatEndpoint(endpoint)}`;

/** Ends all of its connections a moment after so many are open. */
function leavingServer(wanted: number): Promise<RawServer> {
  const open = new Set<Socket>();
  return tcpServer((socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    if (open.size < wanted) return;
    setTimeout(() => {
      for (const one of open) one.end();
    }, 100);
  });
}

const lines = 'message: "X\\r\\n", framing: { delimiter: "\\r\\n" }';

describe("the run fails without a gate", () => {
  let status: number | null;
  let result: RunResult;
  const reasonOf = (name: string) => result.run.reasons.filter((one) => one.startsWith(`${name}:`));

  beforeAll(async () => {
    await using ends = await tcpServer((socket) => socket.on("data", () => socket.end()));
    await using silent = await udpServer(() => {});
    await using wrong = await tcpServer((socket) =>
      socket.on("data", () => socket.write("no\r\n")),
    );
    await using closing = await tcpServer((socket) => socket.end());
    await using leaving = await leavingServer(5);
    const dead = await deadEndpoint();
    ({ status, result } = await runScenario(
      scenarioOf(
        {
          ends: [at("tcp", ends), `pattern: churn, ${lines}, rate: 50/s, duration: 500ms`],
          silent: [
            at("udp", silent),
            "pattern: request, message: hello, rate: 50/s, duration: 500ms",
          ],
          wrong: [
            at("tcp", wrong),
            `pattern: request, ${lines}, expect: { text: "yes\\r\\n" }, exchanges: 20`,
          ],
          closing: [
            at("tcp", closing),
            `pattern: request, reconnect: false, ${lines}, duration: 300ms`,
          ],
          lossy: ["sink", "pattern: stream, rate: 100/s, duration: 300ms"],
          leaving: [at("tcp", leaving), "pattern: hold, connections: 5, duration: 500ms"],
          refusing: ["refuses", `pattern: churn, ${lines}, rate: 50/s, duration: 300ms`],
        },
        // Ready by a delay: nobody looks whether it listens.
        `servers:
  sink: { builtin: udp-sink, listen: "127.0.0.1:0", loss: 100% }
  refuses: { command: [sleep, "60"], listen: "${formatEndpoint(dead)}", ready: { delay: 10ms } }`,
      ),
    ));
    expect(status).toBe(99);
    expect(result.run.outcome).toBe("fail");
  });

  test("where the target ends every connection without an answer", () => {
    expect(reasonOf("ends")[0]).toMatch(/^ends: none of \d+ exchanges succeeded in steady state/);
    expect(result.workloads.ends?.exchanges.received).toBe(0);
  });

  test("where nobody answers, as the time is up", () => {
    expect(reasonOf("silent").join()).toContain("nothing was received (TIMEOUT)");
  });

  test("where every reply is refused", () => {
    expect(reasonOf("wrong").join()).toContain("every reply was refused (UNEXPECTED)");
    expect(result.workloads.wrong?.exchanges.received).toBe(20);
  });

  test("where every connection is closed at once", () => {
    expect(reasonOf("closing")).toHaveLength(1);
    expect(result.workloads.closing?.exchanges.received).toBe(0);
  });

  test("where the server of a stream gets nothing", () => {
    expect(reasonOf("lossy").join()).toMatch(/none of \d+ messages was received by the server/);
    expect(result.workloads.lossy?.exchanges).toMatchObject({ countedBy: "server", received: 0 });
  });

  test("where a hold held nothing to its end", () => {
    expect(reasonOf("leaving")).toHaveLength(1);
    const { connections, errors } = result.workloads.leaving ?? {};
    expect(connections).toMatchObject({ peak: 5, closedByTarget: 5, openAtEnd: 0 });
    // In which phase each was closed depends on how fast the machine is.
    expect(new Set(errors?.map(({ code }) => code))).toEqual(new Set(["CLOSED_BY_TARGET"]));
    expect(errors?.reduce((sum, { count }) => sum + count, 0)).toBe(5);
  });

  test("where a target refuses every connection", () => {
    expect(reasonOf("refusing")[0]).toMatch(
      /none of \d+ attempts to connect succeeded \(ECONNREFUSED\)/,
    );
  });
});

describe("the run passes", () => {
  let result: RunResult;

  beforeAll(async () => {
    let accepted = 0;
    await using some = await tcpServer((socket) => {
      if (accepted++ < 2) setTimeout(() => socket.end(), 100);
    });
    await using leaving = await leavingServer(5);
    const { address } = await deadEndpoint();
    const ran = await runScenario(
      `${scenarioOf({
        // The preflight's own connection is the first.
        some: [at("tcp", some), "pattern: hold, connections: 9, duration: 500ms"],
        leaving: [
          at("tcp", leaving),
          "pattern: hold, connections: 5, duration: 500ms, expectClose: true",
        ],
        closed: [
          `udp://${address}:9`,
          "connections: 50, pattern: request, message: hello, rate: 50/s, duration: 2s",
        ],
      })}
gates:
  - some.connections.openAtEnd >= 8
  - closed.exchanges.received == 0
  - closed.connections.refused == 50
`,
    );
    result = ran.result;
    expect(result.run.reasons).toEqual([]);
    expect(ran.status).toBe(0);
  });

  test("by what is open when steady state ends, not by what slash8 then closes", () => {
    expect(result.workloads.some?.connections).toMatchObject({ opened: 9, openAtEnd: 8 });
  });

  test("where a hold may be closed by its target", () => {
    expect(result.workloads.leaving).toMatchObject({ errors: [] });
  });

  test("where nothing listens at a UDP port, and lasts, if a gate is about it", () => {
    expect(result.workloads.closed?.exchanges.sent).toBe(100);
  });
});

test("a workload for which nothing was due makes the run invalid", async () => {
  await using server = await udpServer((bytes, from, socket) =>
    socket.send(bytes, from.port, from.address),
  );
  const fields = "pattern: request, message: hello, rate: 1/s, warmUp: 200ms, duration: 200ms";
  const { status, result } = await runScenario(scenarioOf({ w: [at("udp", server), fields] }));
  expect(status).toBe(4);
  expect(result.run).toMatchObject({ invalidBy: "data" });
  expect(result.run.reasons).toEqual([expect.stringContaining("nothing was due")]);
});

test("UDP to a port where nothing listens ends soon, and each workload says so once", async () => {
  const { address } = await deadEndpoint();
  const fields = {
    request: "pattern: request, message: hello, rate: 100/s",
    stream: "pattern: stream, message: hello, rate: 100/s",
    loop: "pattern: request, message: hello",
  };
  const workloads = Object.entries(fields).map(
    ([name, of]) => [name, [`udp://${address}:9`, `connections: 5, ${of}, duration: 60s`]] as const,
  );
  const { status, result, stderr } = await runAsBuilt(scenarioOf(Object.fromEntries(workloads)));
  expect(status).toBe(99);
  // Of a minute that it was to last; how long a busy machine takes for a second is not looked at.
  expect(result.run.durationMs).toBeLessThan(50_000);
  expect(result.run.reasons).toEqual(
    Object.keys(fields).map((name) =>
      expect.stringMatching(
        new RegExp(
          `^${name}: 5 of 5 flows were refused by ICMP, as nothing listens at 127\\.0\\.0\\.1:9 `,
        ),
      ),
    ),
  );
  expect(stderr.match(/nothing listens/g)).toHaveLength(3);
});
