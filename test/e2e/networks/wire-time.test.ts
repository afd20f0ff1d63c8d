import { beforeAll, describe, expect, test } from "vitest";
import { type RunAnswer, runScenario } from "../../support/run-scenario.ts";
import { testIo } from "../../support/test-io.ts";

/** The server keeps each request for so long. */
const delayMs = 5;

describe.skipIf(testIo !== "uring")("wireTime in a whole run", () => {
  let answer: RunAnswer;

  beforeAll(async () => {
    answer = await runScenario(`version: 1
name: wire
servers:
  echo: { builtin: tcp-echo, listen: "127.37.63.1:0", delay: ${delayMs}ms }
  datagrams: { builtin: udp-echo, listen: "127.37.63.1:0", delay: ${delayMs}ms }
workloads:
  chat:
    target: echo
    pattern: request
    sources: 127.37.60.0/24
    connections: 4
    messages: [{ name: short, message: { size: 64 } }, { name: long, message: { size: 640 } }]
    duration: 1s
    wireTime: true
  pings:
    target: datagrams
    pattern: request
    sources: 127.37.61.0/24
    connections: 4
    rate: 100/s
    duration: 1s
    wireTime: true
gates:
  - chat.wireTime.min >= ${delayMs}ms
  - chat.long.wireTime.count > 0
  - pings.wireTime.p50 >= ${delayMs}ms
  - pings.wireTime.max < 1h over 1s
`);
  }, 120_000);

  test("gates on it, of a workload, of its parts and over windows", () => {
    expect(answer.result?.gates.map(({ verdict }) => verdict)).not.toContain("fail");
    expect(answer.result?.gates.map(({ verdict }) => verdict)).not.toContain("noData");
  });

  test.each(["chat", "pings"])(
    "every exchange of %s has one, shorter than its service time",
    (name) => {
      const workload = answer.result?.workloads[name];
      const { wireTime, serviceTime, exchanges, anatomy, clients } = workload ?? {};
      // Of the first packets after somebody asks for it, the kernel may not know when they came.
      const known = wireTime?.count ?? 0;
      expect(known).toBeGreaterThan((exchanges?.received ?? 0) / 2);
      expect(known).toBeLessThanOrEqual(exchanges?.received ?? 0);
      expect(wireTime?.max ?? 0).toBeLessThanOrEqual(serviceTime?.max ?? 0);
      expect(wireTime?.mean ?? 0).toBeLessThan(serviceTime?.mean ?? 0);
      for (const { wireTimeNs, queuedNs, wakeUpNs } of anatomy ?? []) {
        expect(wireTimeNs).toBeGreaterThanOrEqual(delayMs * 1e6);
        expect(queuedNs).toBeGreaterThanOrEqual(0);
        expect(wakeUpNs).toBeGreaterThanOrEqual(0);
      }
      expect(anatomy).toHaveLength(4);
      const worst = clients?.slowest[0];
      const { sendLagNs = 0, queuedNs, wireTimeNs, wakeUpNs } = worst?.exchange ?? {};
      const sum = sendLagNs + (queuedNs ?? 0) + (wireTimeNs ?? 0) + (wakeUpNs ?? 0);
      expect(Math.abs(sum - (worst?.worstResponseTime ?? 0))).toBeLessThan(10);
    },
  );
});
