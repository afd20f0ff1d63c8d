import { describe, expect, test } from "vitest";
import { abortRuleOf, couldStillHold, isBroken } from "../../src/gates/abort.ts";
import type { GateResult } from "../../src/gates/evaluate.ts";
import { parseGate } from "../../src/gates/parse.ts";

const gateOf = (text: string) => parseGate(text, { workloads: ["a", "b"], servers: ["s"] });
const ruleOf = (text: string, afterNs: number | null = null) =>
  abortRuleOf(gateOf(text), afterNs, 2.5e9);
const found = (actual: number, limit: number): GateResult => ({
  expression: "",
  actual,
  limit,
  unit: "count",
  verdict: "fail",
});

describe("a gate with abort is broken", () => {
  test.each([
    "a.errors == 0",
    "total.errors < 10",
    "a.exchanges.timedOut <= 3",
    "a.exchanges.status.5xx == 0",
    "a.errors.TIMEOUT < 10",
    "a.responseTime.max < 1s",
    "a.responseTime.min > 1ms",
    "a.responseTime.count <= 10",
    "a.connections.peak <= 100",
    "a.bytes.received < 1MiB",
    "a.tcp.retransmits == 0",
    "a.tcp.receiveWindowLimitedMs < 5s",
    "a.tcp.rtt.max < 5ms",
    "servers.s.rssBytesPeak < 512MiB",
  ])("by its bound, at once: %s", (text) => {
    expect(ruleOf(text)).toMatchObject({ by: "bound", afterNs: 0, awaitsReplies: false });
    expect(ruleOf(text, 3e9).afterNs).toBe(3e9);
  });

  test.each([
    ["a.responseTime.p99 < 5ms", false],
    ["a.responseTime.mean < 5ms", false],
    ["a.responseTime.p99 < 5s", true],
    ["a.responseTime.p50 > 5ms", true],
    ["a.responseTime.stdDev < 5ms", true],
    ["a.rate.receivedPerSecond > 100/s", true],
    ["a.exchanges.timedOut / a.exchanges.sent < 1%", true],
    ["a.responseTime.p99 <= 1.1 * b.responseTime.p99", true],
    ["a.errors <= b.errors", true],
    ["a.deliveryLatency.p99 < 1ms", false],
    ["a.tcp.rtt.p99 < 1ms", false],
    ["a.tcp.receiveWindowLimitedMs / a.tcp.busyMs < 1%", true],
  ])("by what was measured so far: %s", (text, awaitsReplies) => {
    expect(ruleOf(text)).toMatchObject({ by: "soFar", afterNs: 10e9, awaitsReplies });
    expect(ruleOf(text, 0).afterNs).toBe(0);
  });

  test.each([
    ["a.responseTime.p99 < 5ms over 2s", false],
    ["a.exchanges.received >= 10 over 1s", true],
  ])("by a window: %s", (text, awaitsReplies) => {
    expect(ruleOf(text)).toMatchObject({ by: "windows", afterNs: 0, awaitsReplies });
  });

  test("or can only be by what disturbance does not change", () => {
    expect(ruleOf("a.exchanges.corrupted == 0").isDisturbable).toBe(false);
    expect(ruleOf("a.errors == 0").isDisturbable).toBe(true);
  });

  test.each([
    ["a.exchanges.received >= 100", "exchanges.received only grows"],
    ["a.exchanges.received != 0", "exchanges.received only grows"],
    ["a.responseTime.min < 1ms", "responseTime only falls"],
    ["a.connections.openAtEnd == 10", "connections.openAtEnd is known at the end"],
    ["a.exchanges.lost == 0", "exchanges.lost is known at the end"],
    ["a.deliverySpread.p99 < 1ms", "deliverySpread is known at the end"],
    ["a.restarts.lost == 0", "restarts.lost is known at the end"],
    ["servers.s.counts.received <= 9", "counts.received is known at the end"],
    ["a.exchanges.sent <= servers.s.counts.received", "counts.received is known at the end"],
    ["a.responseTime.p99 <= baseline * 1.1", "judged over the whole run"],
  ])("never, and so refused: %s", (text, why) => {
    expect(() => ruleOf(text)).toThrow(why);
    expect(() => ruleOf(text)).toThrow("remove abort");
  });

  test("for good: one with == has to be past its limit, not before it", () => {
    const gate = gateOf("a.exchanges.received == 100");
    const rule = ruleOf("a.exchanges.received == 100");
    expect(isBroken(gate, rule, found(99, 100))).toBe(false);
    expect(isBroken(gate, rule, found(101, 100))).toBe(true);
    expect(isBroken(gate, rule, { ...found(101, 100), verdict: "inconclusive" })).toBe(false);
    const least = gateOf("a.responseTime.min == 1ms");
    expect(isBroken(least, ruleOf("a.responseTime.min == 1ms"), found(2e6, 1e6))).toBe(false);
    expect(isBroken(least, ruleOf("a.responseTime.min == 1ms"), found(1e5, 1e6))).toBe(true);
  });
});

describe("a gate that fails in a run that ended early", () => {
  test.each([
    ["a.exchanges.received >= 100", 50, 100, true],
    ["a.exchanges.received == 100", 50, 100, true],
    ["a.exchanges.received == 100", 101, 100, false],
    ["servers.s.restarts.count >= 3", 1, 3, true],
    ["a.responseTime.min < 1ms", 2e6, 1e6, true],
    ["a.errors == 0", 3, 0, false],
    ["a.restarts.lost == 0", 3, 0, false],
    ["a.responseTime.p99 < 1ms", 2e6, 1e6, false],
    ["a.exchanges.received / a.exchanges.sent >= 99%", 0.5, 0.99, false],
  ])("could still have held: %s at %d", (text, actual, limit, could) => {
    expect(couldStillHold(gateOf(text), found(actual, limit))).toBe(could);
    const inconclusive = { ...found(actual, limit), verdict: "inconclusive" } as const;
    expect(couldStillHold(gateOf(text), inconclusive)).toBe(could);
    expect(couldStillHold(gateOf(text), { ...found(actual, limit), verdict: "pass" })).toBe(false);
  });
});
