import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WorkloadResult } from "../../../src/results/result.ts";
import { telemetryObstacle } from "../../../src/telemetry/obstacle.ts";
import { type RunAnswer, runScenario } from "../../support/run-scenario.ts";

const run = promisify(execFile);
const obstacle = await telemetryObstacle();
if (obstacle !== null) console.warn(`no telemetry: ${obstacle}`);
const hasSs = await run("ss", ["-V"]).then(
  () => true,
  () => false,
);

const held = 40;
const sources = "127.32.60.0/24";

/** What ss knows of the held connections. */
async function listed(): Promise<{ readonly connections: number; readonly segments: number }> {
  const { stdout } = await run("ss", ["-Htin", "state", "established", "src", sources]);
  const sent = [...stdout.matchAll(/ segs_out:(\d+)/g)].map(([, count]) => Number(count));
  return { connections: sent.length, segments: sent.reduce((sum, count) => sum + count, 0) };
}

describe.skipIf(obstacle !== null)("telemetry: tcp", () => {
  /** Accepts, and never reads. */
  const deaf = createServer({ pauseOnConnect: true }, (socket) => socket.on("error", () => {}));
  let answer: RunAnswer;
  let seen = { connections: 0, segments: 0 };

  beforeAll(async () => {
    deaf.listen(0, "127.32.63.1");
    await once(deaf, "listening");
    const { port } = deaf.address() as { port: number };
    let isOver = false;
    const whole = runScenario(`version: 1
name: telemetry
servers:
  echo: { builtin: tcp-echo, listen: "127.32.63.2:0" }
workloads:
  stays:
    target: echo
    pattern: hold
    sources: ${sources}
    connections: ${held}
    verify: true
    message: { size: 64 }
    expect: echo
    timeout: 60s
    duration: 2s
    telemetry: { tcp: { every: 100ms } }
  pours:
    target: tcp://127.32.63.1:${port}
    pattern: stream
    sources: 127.32.61.0/24
    connections: 2
    message: { size: 65536 }
    rate: 2000/s
    duration: 2s
    timeout: 1s
    telemetry: tcp
  blind:
    target: echo
    pattern: request
    sources: 127.32.62.0/24
    rate: 50/s
    duration: 1s
gates:
  - stays.tcp.retransmits == 0
  - stays.tcp.segmentsSent >= ${2 * held}
  - stays.tcp.rtt.p99 < 1h
`).finally(() => {
      isOver = true;
    });
    while (hasSs && !isOver) {
      const found = await listed();
      if (found.connections === held) seen = found;
      await sleep(100);
    }
    answer = await whole;
  }, 120_000);

  afterAll(() => {
    deaf.close();
  });

  const of = (name: string) => answer.result.workloads[name] as WorkloadResult;

  test("sees every connection, with what it sent", () => {
    const { tcp } = of("stays");
    expect(tcp).toMatchObject({ connections: held, sampled: false, everyMs: 100, retransmits: 0 });
    expect(tcp?.looks).toBeGreaterThanOrEqual(3);
    expect(tcp?.rtt.count).toBeGreaterThanOrEqual(held);
    expect(tcp?.minRttNs).toBeGreaterThan(0);
    expect(tcp?.costNs).toBeGreaterThan(0);
    expect(answer.result.gates.map(({ verdict }) => verdict)).toEqual(["pass", "pass", "pass"]);
  });

  test("sees the connections of the slowest clients", () => {
    const { slowest } = of("stays").clients;
    expect(slowest.length).toBeGreaterThan(0);
    for (const { source, tcp } of slowest) expect(tcp?.minRttNs, source).toBeGreaterThan(0);
  });

  test.skipIf(!hasSs)("sees what ss sees", () => {
    expect(seen.connections).toBe(held);
    expect(of("stays").tcp?.segmentsSent).toBe(seen.segments);
  });

  test("sees that a server does not read, and says so", () => {
    const { tcp } = of("pours");
    expect(tcp?.receiveWindowLimitedMs).toBeGreaterThan(50);
    expect(tcp?.receiveWindowLimitedMs).toBeLessThanOrEqual(tcp?.busyMs ?? 0);
    const found = answer.result.run.findings.filter(({ code }) => code === "server.receiveWindow");
    expect(found.map(({ subject }) => subject)).toEqual(["pours"]);
  });

  test("is nothing where nobody asked", () => {
    expect(of("blind").tcp).toBeNull();
    expect(of("blind").clients.slowest[0]?.tcp).toBeNull();
  });
});
