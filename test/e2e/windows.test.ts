/** Windows of gates over a schedule with a pause: whole, in steady state, and what was due in them. */
import { expect, test } from "vitest";
import { runScenario } from "../support/run-scenario.ts";

/** A warm-up of 300 ms; then a second at 100/s, two in which nothing is due, and two at 100/s. */
const scenario = `version: 1
name: windows
servers:
  echo: { builtin: tcp-echo, listen: "127.0.0.1:0" }
  sink: { builtin: udp-sink, listen: "127.0.0.1:0" }
workloads:
  asks:
    target: echo
    pattern: request
    sources: 127.93.20.0/28
    connections: 6
    startRate: 100/s
    stages:
      - { rate: 100/s, duration: 1299ms }
      - { rate: 0/s, duration: 1ms }
      - { rate: 0/s, duration: 1999ms }
      - { rate: 100/s, duration: 1ms }
      - { rate: 100/s, duration: 2s }
    warmUp: 300ms
    timeout: 30s
    message: { size: 64 }
  pours: { target: sink, pattern: stream, sources: 127.93.21.0/28, connections: 2, rate: 100/s, warmUp: 300ms, duration: 3s, message: { size: 64 } }
gates:
  - asks.responseTime.p99 < 30s over 1s
  - asks.exchanges.timedOut / asks.exchanges.sent < 50% over 1s
  - asks.exchanges.received <= 101 over 1s
  - asks.exchanges.sent >= 200 over 5s
  - pours.exchanges.sent == 100 over 1s
  - pours.rate.receivedPerSecond > 0/s over 3s
  - asks.exchanges.sent > 0 over 1s
`;

test("windows of a schedule with a pause, over two workers", async () => {
  const { result } = await runScenario(scenario, { workers: 2 });
  const { asks, pours } = result.workloads;
  expect(result.gates.map(({ expression, verdict }) => [verdict, expression])).toEqual([
    // The two seconds of the pause have no latency, and no ratio, to be judged.
    ["pass", "asks.responseTime.p99 < 30s over 1s"],
    ["pass", "asks.exchanges.timedOut / asks.exchanges.sent < 50% over 1s"],
    ["pass", "asks.exchanges.received <= 101 over 1s"],
    ["pass", "asks.exchanges.sent >= 200 over 5s"],
    ["pass", "pours.exchanges.sent == 100 over 1s"],
    ["pass", "pours.rate.receivedPerSecond > 0/s over 3s"],
    // A count has a value in them, which is 0.
    ["fail", "asks.exchanges.sent > 0 over 1s"],
  ]);
  const seconds = (asks?.timeline ?? []).filter(({ atMs }) => atMs >= (asks?.steady?.fromMs ?? 0));
  expect(seconds.slice(0, 5).map(({ offered, sent }) => [offered, sent])).toEqual([
    [100, 100],
    [0, 0],
    [0, 0],
    [100, 100],
    [100, 100],
  ]);
  expect(asks?.exchanges).toMatchObject({ offered: 300, sent: 300, received: 300 });
  expect(asks?.phases.warmUp).toMatchObject({ offered: 30, sent: 30, received: 30 });
  expect(pours?.phases.steady).toMatchObject({ offered: 300, sent: 300 });
  expect(pours?.exchanges).toMatchObject({ countedBy: "server", sent: 330, received: 330 });
});
