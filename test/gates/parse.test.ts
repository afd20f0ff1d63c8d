import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Gate, GateError } from "../../src/gates/gate.ts";
import { parseGate } from "../../src/gates/parse.ts";
import { rounds } from "../support/fuzz.ts";

const names = {
  workloads: ["chat", "idle", "v1.2", "v1", "baseline"],
  servers: ["echo", "my-server"],
};
const parse = (text: string): Gate => parseGate(text, names);

describe("what the kernel knows of connections", () => {
  test("has counts, times, and histograms with a name of two words", () => {
    expect(parse("chat.tcp.retransmits == 0").left.metric).toEqual({
      of: "workload",
      workload: "chat",
      metric: "tcp.retransmits",
    });
    expect(parse("total.tcp.rtt.p99.9 < 1ms").left.metric).toEqual({
      of: "timing",
      workload: null,
      metric: "tcp.rtt",
      statistic: { percentile: 99.9 },
    });
    expect(parse("chat.tcp.receiveWindowLimitedMs / chat.tcp.busyMs < 1%").right).toMatchObject({
      value: 0.01,
    });
  });

  test.each([
    ["chat.tcp.rtt < 1ms", "tcp.rtt needs a statistic: tcp.rtt.p99"],
    ["chat.tcp.rtt.p100.5 < 1ms", 'tcp.rtt has no statistic "p100.5"'],
    ["chat.tcp.retransmit == 0", 'did you mean "tcp.retransmits"?'],
    ["chat.tcp.rtts.p99 < 1ms", 'there is no metric "tcp.rtts.p99"'],
    ["chat.tcp.rtt.p99 < 1ms over 5s", "over"],
  ])("%s is refused", (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });
});

describe("parts of a workload", () => {
  const parts = new Map([["chat", ["get", "set"]]]);
  const parse = (text: string): Gate => parseGate(text, { ...names, parts });

  test("stand between the workload and its metric", () => {
    expect(parse("chat.get.responseTime.p99 < 5ms").left.metric).toEqual({
      of: "timing",
      workload: "chat",
      part: "get",
      metric: "responseTime",
      statistic: { percentile: 99 },
    });
    expect(parse("chat.set.errors == 0").left.metric).toEqual({
      of: "workload",
      workload: "chat",
      part: "set",
      metric: "errors",
    });
    expect(parse("chat.set.exchanges.status.5xx == 0 over 5s").left.metric).toMatchObject({
      of: "status",
      part: "set",
      metric: "exchanges.status.5xx",
    });
    expect(parse("chat.set.exchanges.status.NXDOMAIN == 0").left.metric).toMatchObject({
      of: "status",
      part: "set",
      range: "NXDOMAIN",
    });
    expect(parse("chat.set.errors.TIMEOUT < 10").left.metric).toEqual({
      of: "error",
      workload: "chat",
      part: "set",
      metric: "errors.TIMEOUT",
      code: "TIMEOUT",
    });
    expect(parse("chat.errors.STEP_log-in_TIMEOUT < 10").left.metric).toMatchObject({
      code: "STEP_log-in_TIMEOUT",
    });
    expect(parse("chat.errors == 0").left.metric).not.toHaveProperty("part");
  });

  test.each([
    ["chat.gett.responseTime.p99 < 5ms", 5, 'chat has no part "gett"; did you mean "get"?'],
    ["chat.del.errors == 0", 5, 'workload chat has no part "del"'],
    ["chat.get.respTime.p99 < 5ms", 9, 'no metric "respTime.p99"; did you mean "responseTime.p99"'],
    ["chat.get.responseTime.p101 < 5ms", 22, 'no statistic "p101"'],
    ["chat.get.exchanges.status == 0", 25, "needs an HTTP status"],
    ["chat.get.connections.peak > 1", 9, "as a whole only: write chat.connections.peak"],
    ["chat.get.exchanges.offered > 1", 9, "as a whole only: write chat.exchanges.offered"],
    ["chat.get > 1", 8, "there is no metric"],
    ["idle.get.errors == 0", 5, 'there is no metric "get.errors"; did you mean "errors"?'],
    [
      "idle.get.serviceTime.p99 < 1ms",
      5,
      'metric "get.serviceTime.p99"; did you mean "serviceTime.p99"?',
    ],
    ["total.get.errors == 0", 6, 'there is no metric "get.errors"'],
  ])("%s is refused at %i", (text, offset, message) => {
    const error = caught(() => parse(text));
    expect(error.message).toContain(message);
    expect(error.offset).toBe(offset);
  });
});

function caught(run: () => unknown): GateError {
  try {
    run();
  } catch (error) {
    if (error instanceof GateError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

const p99 = (workload: string | null) => ({
  of: "timing",
  workload,
  metric: "responseTime",
  statistic: { percentile: 99 },
});

describe("parseGate reads", () => {
  test.each<[string, Partial<Record<keyof Gate, unknown>>]>([
    [
      "chat.responseTime.p99 < 5ms",
      {
        left: { metric: p99("chat"), dividedBy: null },
        operator: "<",
        right: { value: 5e6 },
        kind: "duration",
        windowNs: null,
      },
    ],
    ["idle.connections.peak >= 95000", { operator: ">=", right: { value: 95_000 }, kind: "count" }],
    [
      "total.errors == 0",
      {
        left: { metric: { of: "workload", workload: null, metric: "errors" }, dividedBy: null },
        operator: "==",
        right: { value: 0 },
      },
    ],
    [
      "total.errors.DNS_REFUSED / total.exchanges.sent < 1% over 5s",
      {
        left: {
          metric: {
            of: "error",
            workload: null,
            metric: "errors.DNS_REFUSED",
            code: "DNS_REFUSED",
          },
          dividedBy: { metric: "exchanges.sent" },
        },
        kind: "ratio",
        windowNs: 5e9,
      },
    ],
    [
      "chat.exchanges.status.503 == 0",
      {
        left: {
          metric: {
            of: "status",
            workload: "chat",
            metric: "exchanges.status.503",
            range: [503, 503],
          },
          dividedBy: null,
        },
        right: { value: 0 },
        kind: "count",
      },
    ],
    [
      "total.exchanges.status.5xx / total.exchanges.received < 1% over 5s",
      {
        left: {
          metric: {
            of: "status",
            workload: null,
            metric: "exchanges.status.5xx",
            range: [500, 599],
          },
          dividedBy: { of: "workload", workload: null, metric: "exchanges.received" },
        },
        kind: "ratio",
        windowNs: 5e9,
      },
    ],
    ["chat.errors.target != 1", { operator: "!=", kind: "count" }],
    ["chat.rate.achievedPerSecond > 20000/s", { right: { value: 20_000 }, kind: "rate" }],
    ["chat.responseTime.p99 <= baseline * 1.10", { right: { factor: 1.1, baselineOffset: 25 } }],
    ["chat.errors <= baseline", { right: { factor: 1, baselineOffset: 15 }, kind: "count" }],
    [
      "chat.exchanges.timedOut / chat.exchanges.sent <= 2*baseline",
      { right: { factor: 2, baselineOffset: 51 }, kind: "ratio" },
    ],
    [
      "chat.errors <= baseline.errors",
      {
        right: {
          factor: 1,
          operand: {
            metric: { of: "workload", workload: "baseline", metric: "errors" },
            dividedBy: null,
          },
        },
      },
    ],
    ["chat.bytes.sent <= 64KiB", { right: { value: 65_536 }, kind: "size" }],
    ["chat.responseTime.max < 0", { right: { value: 0 }, kind: "duration" }],
    ["chat.responseTime.count > 10", { right: { value: 10 }, kind: "count" }],
    ["  chat.responseTime.p99<5ms  ", { right: { value: 5e6 } }],
    [
      "servers.my-server.rssBytesPeak < 1GiB",
      {
        left: {
          metric: { of: "server", server: "my-server", metric: "rssBytesPeak" },
          dividedBy: null,
        },
        right: { value: 1024 ** 3 },
      },
    ],
    ["servers.echo.counts.udp.refused == 0", { right: { value: 0 }, kind: "count" }],
    ["servers.echo.counts.bytesSent < 1GiB", { kind: "size" }],
    ["servers.echo.cpuSeconds < 1m30s", { right: { value: 90e9 }, kind: "duration" }],
    [
      "chat.responseTime.p99 < 5ms over 5s",
      { right: { value: 5e6 }, windowNs: 5e9, kind: "duration" },
    ],
    [
      "chat.exchanges.timedOut / chat.exchanges.sent < 1%",
      {
        left: {
          metric: { of: "workload", workload: "chat", metric: "exchanges.timedOut" },
          dividedBy: { of: "workload", workload: "chat", metric: "exchanges.sent" },
        },
        right: { value: 0.01 },
        kind: "ratio",
      },
    ],
    [
      "chat.exchanges.timedOut/chat.exchanges.sent < 0.01 over 2s",
      { right: { value: 0.01 }, windowNs: 2e9 },
    ],
  ])("%s", (text, expected) => {
    const gate = parse(text);
    expect(gate).toMatchObject(expected);
    expect(gate.expression).toBe(text.trim());
  });

  test.each([
    ["chat.responseTime.p99 <= 1.5 * idle.responseTime.p99", 1.5],
    ["chat.responseTime.p99 <= 1.5*idle.responseTime.p99", 1.5],
    ["chat.responseTime.p99 <= idle.responseTime.p99 * 1.5", 1.5],
    ["chat.responseTime.p99 <= idle.responseTime.p99", 1],
    ["chat.responseTime.p99 <= 2 * idle.responseTime.p99 over 10s", 2],
    ["chat.responseTime.p99 <= idle.responseTime.p99 * 2 over 10s", 2],
  ])("another metric as the limit: %s", (text, factor) => {
    const gate = parse(text);
    expect(gate.right).toEqual({ factor, operand: { metric: p99("idle"), dividedBy: null } });
    expect(gate.windowNs).toBe(text.includes("over") ? 10e9 : null);
  });

  test.each([
    ["p50", 50],
    ["p99.9", 99.9],
    ["p99.99", 99.99],
    ["p100", 100],
    ["p0.1", 0.1],
  ])("percentile %s", (statistic, percentile) => {
    expect(parse(`chat.sendLag.${statistic} < 1ms`).left.metric).toMatchObject({
      metric: "sendLag",
      statistic: { percentile },
    });
  });

  test("names with dots: the longest workload that fits", () => {
    expect(parse("v1.2.errors == 0").left.metric).toMatchObject({ workload: "v1.2" });
    expect(parse("v1.errors == 0").left.metric).toMatchObject({ workload: "v1" });
  });
});

describe("parseGate refuses", () => {
  test.each([
    ["", 0, "a metric is expected here, such as chat.responseTime.p99, but the gate ends"],
    ["caht.errors == 0", 0, 'no workload "caht"; did you mean "chat"?'],
    ["nothing.like.it == 0", 0, "known: chat, idle, v1.2, v1, baseline, total, servers"],
    ["total == 0", 5, 'no metric ""'],
    ["chat.exchanges.send > 1", 5, 'did you mean "exchanges.sent"?'],
    ["chat.responsetime.p99 < 5ms", 5, 'did you mean "responseTime.p99"?'],
    ["chat.exchanges.status == 0", 21, "as in exchanges.status.500, a class, as in"],
    ["chat.exchanges.status. == 0", 22, "exchanges.status needs an HTTP status"],
    ["chat.exchanges.status.50 == 0", 22, "exchanges.status needs an HTTP status"],
    ["chat.exchanges.status.nxdomain == 0", 22, "a protocol's name of one, as in"],
    ["chat.exchanges.status.200.p99 == 0", 22, "exchanges.status needs an HTTP status"],
    ["chat.exchanges.statuses == 0", 5, 'no metric "exchanges.statuses"'],
    ["chat.exchanges.stats.500 == 0", 5, 'did you mean "exchanges.status.500"?'],
    [
      "chat.errors.timeout == 0",
      12,
      'is not the code of an error: a code has capital letters, digits and _, as in errors.TIMEOUT; did you mean "errors.TIMEOUT"?',
    ],
    ["chat.errors.5xx-es == 0", 12, '"5xx-es" is not the code of an error'],
    ["chat.errors. == 0", 5, 'did you mean "errors"?'],
    ["chat.errors.targets == 0", 5, 'did you mean "errors.target"?'],
    ["chat.responseTime < 5ms", 17, "needs a statistic: responseTime.p99"],
    ["chat.responseTime.p101 < 5ms", 18, 'no statistic "p101"'],
    ["chat.responseTime.p0 < 5ms", 18, 'no statistic "p0"'],
    ["chat.responseTime.stddev < 5ms", 18, 'did you mean "stdDev"?'],
    ["servers.ecko.rssBytesPeak < 1GiB", 8, 'no server "ecko"; did you mean "echo"?'],
    ["servers.echo.rssPeak < 1GiB", 13, 'did you mean "rssBytesPeak"?'],
    ["servers.echo.counts.refused == 0", 13, 'did you mean "counts.udp.refused"?'],
    ["chat.errors", 11, "an operator is expected here"],
    ["chat.errors = 0", 12, "is written =="],
    ["chat.errors <> 0", 12, "an operator is expected here"],
    ["chat.errors ==", 14, "a limit is expected here: a plain number"],
    ["chat.errors == 0 0", 15, "plain number"],
    ["chat.errors == 5ms", 15, 'the left side is a count, "5ms" is a duration'],
    ["chat.responseTime.p99 < 20000/s", 24, 'the left side is a duration, "20000/s" is a rate'],
    ["chat.responseTime.p99 < 5", 24, "has no unit"],
    ["chat.responseTime.p99 < 5 ms ms", 24, "is not a duration"],
    ["chat.rate.achievedPerSecond > 5ms", 30, "write a rate such as 20000/s"],
    ["chat.bytes.sent < 5%", 18, '"5%" is a ratio'],
    ["chat.responseTime.p99 < chat.errors", 24, "the left side is a duration, this is a count"],
    ["chat.responseTime.p99 < 2 * chat.errors", 28, "this is a count"],
    ["chat.bytes.sent / chat.errors < 1%", 16, "a size cannot be divided by a count"],
    ["chat.errors == 0 and more", 15, "plain number"],
    ["chat.errors == idle.errors and more", 27, "a gate ends after its limit"],
    ["chat.responseTime.p99 < 5ms over", 32, "is not a duration"],
    ["chat.responseTime.p99 < 5ms over 1.5s", 33, "a whole number of seconds"],
    ["chat.responseTime.p99 < 5ms over 0", 33, "a whole number of seconds"],
    ["chat.connections.planned > 5 over 5s", 29, "known for the whole run only"],
    ["baseline * 2 < chat.errors", 8, "there is no metric"],
    ["chat.errors <= baseline + 1", 24, "a gate ends after its limit"],
    ["chat.errors <= baseline * ten", 24, "a gate ends after its limit"],
    ["chat.errors <= 1.1 * baseline * 2", 30, "a gate ends after its limit"],
    ["chat.errors <= baseline over 5s", 24, "a baseline is known for the whole run only"],
    ["servers.echo.rssBytesPeak < 1GiB over 5s", 33, "known for the whole run only"],
    [`chat.errors == ${"0".repeat(600)}`, 500, "at most 500 characters"],
  ])("%s", (text, offset, message) => {
    let refusal: unknown;
    try {
      parse(text);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(GateError);
    expect((refusal as GateError).message).toContain(message);
    expect((refusal as GateError).offset).toBe(offset);
  });

  test("any text gives a gate, or an error with a place in the text", () => {
    const pieces = fc.constantFrom(
      ..."chat idle total servers echo . responseTime p99 errors exchanges.sent < <= == / * 5ms 20/s 1% 1.5 over 5s baseline - __proto__ constructor".split(
        " ",
      ),
      " ",
    );
    const texts = fc.oneof(
      fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join("")),
      fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(" ")),
      fc.string({ maxLength: 60 }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          expect(parse(text).expression).toBe(text.trim());
        } catch (error) {
          expect(error).toBeInstanceOf(GateError);
          const { offset } = error as GateError;
          expect(offset).toBeGreaterThanOrEqual(0);
          expect(offset).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: rounds(100, 30_000) },
    );
  });
});
