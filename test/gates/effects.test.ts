import { expect, test } from "vitest";
import { doubtfulVerdicts } from "../../src/gates/effects.ts";
import { parseGate } from "../../src/gates/parse.ts";

const names = { workloads: ["a", "b"], servers: ["e"] };

/** Which verdicts a disturbance may have brought about. */
test.each([
  // Latency rises: a fail is in doubt where it must be low, a pass where it must be high.
  ["a.responseTime.p99 < 5ms", ["fail"]],
  ["a.serviceTime.max <= 5ms", ["fail"]],
  ["a.responseTime.p50 >= 5ms", ["pass"]],
  ["a.responseTime.p99 < 5ms over 5s", ["fail"]],
  ["a.sendLag.p99 < 1ms", ["fail"]],
  ["a.responseTime.count >= 1000", ["fail"]],
  ["a.responseTime.p99 <= baseline * 1.25", ["fail"]],
  // Against another latency that rises as well, nothing is certain.
  ["a.responseTime.p99 <= 1.1 * b.responseTime.p99", ["pass", "fail"]],
  ["a.responseTime.p99 / b.responseTime.p99 < 2", ["pass", "fail"]],
  // Rates fall.
  ["a.rate.receivedPerSecond >= 900/s", ["fail"]],
  ["a.rate.receivedPerSecond < 1100/s", ["pass"]],
  ["a.rate.offeredPerSecond >= 900/s", []],
  ["a.exchanges.sent >= 190 over 1s", ["fail"]],
  ["a.exchanges.received / a.exchanges.sent >= 99%", ["fail"]],
  ["a.rate.receivedPerSecond >= 0.9 * b.rate.receivedPerSecond", ["pass", "fail"]],
  // Time-outs become more, and errors by them.
  ["a.exchanges.timedOut == 0", ["fail"]],
  ["a.exchanges.timedOut / a.exchanges.sent < 1%", ["fail"]],
  ["total.errors == 0", ["fail"]],
  ["a.exchanges.lost == 0", ["fail"]],
  ["a.exchanges.timedOut == 5", ["pass", "fail"]],
  ["a.exchanges.timedOut != 5", ["pass", "fail"]],
  // What it neither corrupts nor refuses.
  ["a.exchanges.corrupted == 0", []],
  ["a.exchanges.duplicated < 5", []],
  ["a.connections.peak >= 100", []],
  ["a.connections.failed == 0", []],
  ["a.errors.generator == 0", []],
  ["servers.e.rssBytesPeak < 5MiB", []],
  ["servers.e.restarts.longestGapMs < 1s", ["fail"]],
] as const)("%s", (expression, expected) => {
  const doubts = doubtfulVerdicts(parseGate(expression, names));
  expect(doubts).toEqual({
    pass: (expected as readonly string[]).includes("pass"),
    fail: (expected as readonly string[]).includes("fail"),
  });
});
