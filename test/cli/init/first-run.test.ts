import { describe, expect, test } from "vitest";
import type { Speech } from "../../../src/cli/init/answers.ts";
import { evidenceOf, gatesOf, wideLimitNs, withoutTimes } from "../../../src/cli/init/first-run.ts";
import type { RunResult } from "../../../src/results/result.ts";

const answered: Speech = { protocol: null, message: "a", reply: "line" };
const oneWay: Speech = { protocol: null, message: "a", reply: "none" };

const expressions = (...given: Parameters<typeof gatesOf>) =>
  gatesOf(...given).map(({ expression }) => expression);

test.each([
  [100e3, 20e6],
  [2e6, 20e6],
  [2.1e6, 50e6],
  [9e6, 100e6],
  [10e6, 100e6],
  [11e6, 200e6],
  [300e6, 5e9],
])("a p99 of %d ns: the limit is %d ns", (p99Ns, limitNs) => {
  expect(wideLimitNs(p99Ns)).toBe(limitNs);
});

describe("gates", () => {
  const counts = [
    "clients.errors == 0",
    "clients.connections.peak >= 20",
    "clients.exchanges.timedOut == 0",
    "clients.exchanges.received / clients.exchanges.offered >= 99%",
  ];

  test("on counts and on times, where a run measured them", () => {
    const gates = gatesOf(answered, { kind: "measured", p99Ns: 3e6, isWhole: true });
    expect(gates.map(({ expression }) => expression)).toEqual([
      ...counts,
      "clients.responseTime.p99 < 50ms",
    ]);
    expect(gates.at(-1)?.why).toContain("was 3.00 ms. ");
    const [disturbed] = gatesOf(answered, { kind: "measured", p99Ns: 3e6, isWhole: false }).slice(
      -1,
    );
    expect(disturbed?.why).toContain("was 3.00 ms, without what the busy machine disturbed. ");
  });

  test.each([
    [{ kind: "none" }, /no first run/],
    [{ kind: "invalid" }, /invalid or disturbed/],
    [{ kind: "failed", error: null }, /did not succeed/],
    [{ kind: "measured", p99Ns: null, isWhole: true }, /too few replies/],
  ] as const)("on counts alone, and says why: %j", (evidence, why) => {
    expect(expressions(answered, evidence)).toEqual(counts);
    expect(withoutTimes(answered, evidence)).toMatch(why);
  });

  test("of messages that nothing answers", () => {
    const evidence = { kind: "measured", p99Ns: null, isWhole: true } as const;
    expect(expressions(oneWay, evidence)).toEqual([
      "clients.errors == 0",
      "clients.connections.peak >= 20",
      "clients.rate.achievedPerSecond >= 95/s",
    ]);
    expect(withoutTimes(oneWay, evidence)).toBeNull();
  });
});

describe("what a run says of the server", () => {
  /** As much of a result as is looked at. */
  function result(outcome: string, count: number, undisturbed: number, p99 = 5e6): RunResult {
    const responseTime = { count, percentiles: { "99": 80e6 } };
    const times = { count: undisturbed, percentiles: { "99": p99 } };
    const clients = {
      responseTime,
      undisturbed: { count: undisturbed, ratio: undisturbed / count, responseTime: times },
    };
    return { run: { outcome }, workloads: { clients } } as unknown as RunResult;
  }

  test.each([
    [result("pass", 300, 300), { kind: "measured", p99Ns: 5e6, isWhole: true }],
    [result("pass", 300, 150), { kind: "measured", p99Ns: 5e6, isWhole: false }],
    [result("pass", 300, 99), { kind: "invalid" }],
    [result("pass", 50, 50), { kind: "measured", p99Ns: null, isWhole: true }],
    [result("invalid", 300, 300), { kind: "invalid" }],
    [result("fail", 300, 300), { kind: "failed", error: null }],
  ])("case %#", (given, evidence) => {
    expect(evidenceOf(given)).toEqual(evidence);
  });
});
