import { expect, test } from "vitest";
import { mayFailByDisturbance } from "../../src/gates/effects.ts";
import { parseGate } from "../../src/gates/parse.ts";

const names = { workloads: ["a", "b"], servers: ["e"] };

/** Whether a disturbance may be why the gate fails. */
test.each([
  // Latency rises: a fail is in doubt where it must be low.
  ["a.responseTime.p99 < 5ms", true],
  ["a.serviceTime.max <= 5ms", true],
  ["a.responseTime.p50 >= 5ms", false],
  ["a.responseTime.p99 < 5ms over 5s", true],
  ["a.sendLag.p99 < 1ms", true],
  ["a.responseTime.count >= 1000", true],
  ["a.responseTime.p99 <= baseline * 1.25", true],
  // Against another latency that rises as well, nothing is certain.
  ["a.responseTime.p99 <= 1.1 * b.responseTime.p99", true],
  ["a.responseTime.p99 / b.responseTime.p99 < 2", true],
  // Rates fall.
  ["a.rate.receivedPerSecond >= 900/s", true],
  ["a.rate.receivedPerSecond < 1100/s", false],
  ["a.rate.offeredPerSecond >= 900/s", false],
  ["a.exchanges.sent >= 190 over 1s", true],
  ["a.connections.opened >= 1000", true],
  ["a.exchanges.received / a.exchanges.sent >= 99%", true],
  ["a.rate.receivedPerSecond >= 0.9 * b.rate.receivedPerSecond", true],
  // Time-outs become more, and errors by them.
  ["a.exchanges.timedOut == 0", true],
  ["a.exchanges.timedOut / a.exchanges.sent < 1%", true],
  ["total.errors == 0", true],
  ["a.errors.TIMEOUT < 10", true],
  ["a.errors.STEP_login_TIMEOUT == 0", true],
  ["a.errors.ABANDONED == 0", true],
  ["a.errors.ETIMEDOUT == 0", true],
  ["a.errors.TIMEOUT > 10", false],
  ["a.errors.DNS_REFUSED == 0", false],
  ["a.exchanges.lost == 0", true],
  ["a.exchanges.failed == 0", true],
  ["a.connections.reopened == 0", true],
  ["a.connections.reopened.timeout == 0", true],
  ["a.exchanges.timedOut == 5", true],
  ["a.exchanges.timedOut != 5", true],
  // Attempts to connect time out, so that fewer are open.
  ["a.connections.failed == 0", true],
  ["a.connections.failed > 0", false],
  ["a.connections.peak >= 100", true],
  ["a.connections.opened == 100", true],
  ["a.connections.openAtEnd >= 100", true],
  ["a.connectTime.p99 < 5ms", true],
  ["a.connections.opensPerSecond >= 100/s", true],
  ["a.restarts.failed == 0", true],
  ["servers.e.restarts.failed == 0", true],
  // What it neither corrupts nor refuses.
  ["a.exchanges.corrupted == 0", false],
  ["a.exchanges.duplicated < 5", false],
  ["a.connections.reopened.malformed == 0", false],
  ["a.connections.closedByTarget == 0", false],
  ["a.errors.generator == 0", false],
  ["servers.e.rssBytesPeak < 5MiB", false],
  ["servers.e.restarts.longestGapMs < 1s", true],
] as const)("%s", (expression, expected) => {
  expect(mayFailByDisturbance(parseGate(expression, names))).toBe(expected);
});
