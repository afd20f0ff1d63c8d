import { describe, expect, test } from "vitest";
import { evaluateGate, type MetricValues } from "../../src/gates/evaluate.ts";
import type { MetricRef } from "../../src/gates/metric.ts";
import { parseGate } from "../../src/gates/parse.ts";

const names = { workloads: ["a", "b"], servers: [] };

/** Values by "workload.metric"; a missing one has no data. */
function values(table: Record<string, number | null>): MetricValues {
  return {
    value(metric: MetricRef) {
      const scope = metric.of === "server" ? metric.server : (metric.workload ?? "total");
      return table[`${scope}.${metric.metric}`] ?? null;
    },
  };
}

function judge(
  expression: string,
  whole: Record<string, number | null>,
  windows: Record<string, number | null>[] = [],
  /** Workloads that had nothing to do in any window. */
  pauses: (string | null)[] = [],
) {
  const requested: number[] = [];
  const result = evaluateGate(parseGate(expression, names), {
    ...values(whole),
    windows(lengthNs) {
      requested.push(lengthNs);
      return windows.map((table) => ({
        ...values(table),
        isPause: (metric) => pauses.includes(metric.of === "server" ? null : metric.workload),
      }));
    },
  });
  return { ...result, requested };
}

describe("evaluateGate", () => {
  test.each([
    ["<", 4, 5, true],
    ["<", 5, 5, false],
    ["<=", 5, 5, true],
    ["<=", 6, 5, false],
    [">", 6, 5, true],
    [">", 5, 5, false],
    [">=", 5, 5, true],
    [">=", 4, 5, false],
    ["==", 5, 5, true],
    ["==", 4, 5, false],
    ["!=", 4, 5, true],
    ["!=", 5, 5, false],
  ])("%s with %d against %d", (operator, actual, limit, passes) => {
    const result = judge(`a.errors ${operator} ${limit}`, { "a.errors": actual });
    expect(result).toMatchObject({ actual, limit, unit: "count" });
    expect(result.verdict).toBe(passes ? "pass" : "fail");
  });

  test("no data never passes, whatever the operator", () => {
    for (const operator of ["<", "<=", ">", ">=", "==", "!="]) {
      const result = judge(`a.responseTime.p99 ${operator} 5ms`, {});
      expect(result).toMatchObject({ actual: null, limit: 5e6, unit: "ns", verdict: "noData" });
    }
  });

  test("another metric, times a factor", () => {
    const whole = { "a.responseTime": 30, "b.responseTime": 20 };
    const expression = "a.responseTime.p50 <= 1.5 * b.responseTime.p50";
    expect(judge(expression, whole)).toMatchObject({ actual: 30, limit: 30, verdict: "pass" });
    expect(judge(expression, { "a.responseTime": 30 })).toMatchObject({
      actual: 30,
      limit: null,
      verdict: "noData",
    });
  });

  test("a quotient, and 0 divided by 0", () => {
    const expression = "a.exchanges.timedOut / a.exchanges.sent < 1%";
    expect(judge(expression, { "a.exchanges.timedOut": 2, "a.exchanges.sent": 100 })).toMatchObject(
      { actual: 0.02, limit: 0.01, unit: "ratio", verdict: "fail" },
    );
    expect(judge(expression, { "a.exchanges.timedOut": 0, "a.exchanges.sent": 0 })).toMatchObject({
      actual: null,
      verdict: "noData",
    });
  });

  describe("over windows", () => {
    const expression = "a.responseTime.p99 < 5ms over 5s";
    const window = (ms: number | null) => ({ "a.responseTime": ms === null ? null : ms * 1e6 });

    test("every one must hold; the worst is shown", () => {
      const result = judge(expression, window(1), [window(3), window(4), window(2)]);
      expect(result).toMatchObject({ actual: 4e6, limit: 5e6, verdict: "pass", requested: [5e9] });
    });

    test("one that fails is enough, even if the whole run would pass", () => {
      const result = judge(expression, window(1), [window(1), window(9), window(7)]);
      expect(result).toMatchObject({ actual: 9e6, verdict: "fail" });
    });

    test("one without data does not pass, but a failure takes precedence", () => {
      expect(judge(expression, {}, [window(1), window(null)])).toMatchObject({
        actual: null,
        verdict: "noData",
      });
      expect(judge(expression, {}, [window(null), window(8)])).toMatchObject({
        actual: 8e6,
        verdict: "fail",
      });
    });

    test("one without data in a pause of the schedule does not count, unless no other is left", () => {
      const idle = (...windows: Record<string, number | null>[]) =>
        judge(expression, window(1), windows, ["a"]);
      expect(idle(window(1), window(null), window(3))).toMatchObject({
        actual: 3e6,
        verdict: "pass",
      });
      expect(idle(window(null), window(8))).toMatchObject({ actual: 8e6, verdict: "fail" });
      expect(idle(window(null), window(null))).toMatchObject({ actual: null, verdict: "noData" });
    });

    test("a pause of one of two workloads is enough; a count is one of 0 all the same", () => {
      const both = "a.responseTime.p99 <= b.responseTime.p99 over 1s";
      const windows = [
        { "a.responseTime": 1, "b.responseTime": 2 },
        { "a.responseTime": 5, "b.responseTime": null },
      ];
      expect(judge(both, {}, windows, ["b"]).verdict).toBe("pass");
      expect(judge(both, {}, windows, []).verdict).toBe("noData");
      const count = "a.exchanges.sent >= 5 over 1s";
      const counts = [{ "a.exchanges.sent": 9 }, { "a.exchanges.sent": 0 }];
      expect(judge(count, {}, counts, ["a"])).toMatchObject({ actual: 0, verdict: "fail" });
    });

    test("no window at all is no data", () => {
      expect(judge(expression, window(1), [])).toMatchObject({ actual: null, verdict: "noData" });
    });

    test("the worst of >= is the lowest", () => {
      const rate = (perSecond: number) => ({ "a.rate.achievedPerSecond": perSecond });
      const result = judge("a.rate.achievedPerSecond >= 10/s over 1s", {}, [
        rate(30),
        rate(12),
        rate(20),
      ]);
      expect(result).toMatchObject({ actual: 12, unit: "perSecond", verdict: "pass" });
    });
  });
});

describe("a limit of baseline", () => {
  const against = (expression: string, now: number | null, earlier: (number | null)[]) =>
    evaluateGate(
      parseGate(expression, names),
      { ...values({ "a.responseTime": now }), windows: () => [] },
      earlier.map((value) => values({ "a.responseTime": value })),
    );

  test("is the median of the earlier results, times the factor", () => {
    const gate = "a.responseTime.p99 <= baseline * 1.5";
    expect(against(gate, 14, [10, 90, 8])).toMatchObject({ limit: 15, verdict: "pass" });
    expect(against(gate, 16, [10, 90, 8])).toMatchObject({ limit: 15, verdict: "fail" });
    expect(against("a.responseTime.p99 <= baseline", 9, [8, 10])).toMatchObject({ limit: 9 });
  });

  test("without data in one of them, or without any of them, is no data: never a pass", () => {
    const gate = "a.responseTime.p99 <= baseline";
    expect(against(gate, 1, [10, null])).toMatchObject({ limit: null, verdict: "noData" });
    expect(against(gate, 1, [])).toMatchObject({ limit: null, verdict: "noData" });
    expect(against(gate, null, [10])).toMatchObject({ actual: null, verdict: "noData" });
  });

  test("of a quotient is the median of quotients", () => {
    const two = (sent: number, timedOut: number) =>
      values({ "a.exchanges.sent": sent, "a.exchanges.timedOut": timedOut });
    const gate = parseGate("a.exchanges.timedOut / a.exchanges.sent <= baseline", names);
    const result = evaluateGate(gate, { ...two(100, 3), windows: () => [] }, [
      two(100, 1),
      two(10, 1),
      two(1000, 20),
    ]);
    expect(result).toMatchObject({ actual: 0.03, limit: 0.02, verdict: "fail" });
  });
});

describe("a verdict that disturbance may have brought about", () => {
  const gate = parseGate("a.responseTime.p99 < 5ms", names);
  const p99 = (ms: number | null) => values({ "a.responseTime": ms === null ? null : ms * 1e6 });

  function judged(all: number, rest: number | null, ratio: number, credited: number, of = gate) {
    return evaluateGate(of, {
      ...p99(all),
      undisturbed: { ...p99(rest), ratio: () => ratio },
      credited: p99(credited),
      windows: () => [],
    });
  }

  test.each([
    ["holds in spite of it", 4, 1, 0.6, 0, "pass"],
    ["holds in spite of it, whatever is left", 4, null, 0, 0, "pass"],
    ["fails without it, too", 9, 6, 0.6, 0, "fail"],
    ["fails, and holds without it", 9, 4, 0.6, 0, "inconclusive"],
    ["fails, and less than half is left", 9, 6, 0.49, 0, "inconclusive"],
    ["fails, and nothing is left", 9, null, 0, 0, "inconclusive"],
    ["fails by more than can have been lost", 9, null, 0, 6, "fail"],
    ["fails where nothing was disturbed", 9, 9, 1, 9, "fail"],
    ["fails where less than what is disturbed was lost", 9, 9, 1, 4, "fail"],
  ] as const)("%s", (_, all, rest, ratio, credited, verdict) => {
    expect(judged(all, rest, ratio, credited).verdict).toBe(verdict);
  });

  test("states what the rest was, where it was judged again", () => {
    expect(judged(9, 4, 0.6, 0).undisturbed).toEqual({ actual: 4e6, ratio: 0.6 });
    expect(judged(9, 9, 1, 9).undisturbed).toBeNull();
    expect(judged(4, 1, 0.6, 0).undisturbed).toBeNull();
  });

  test("stands where the gate holds, and where disturbance cannot be why it fails", () => {
    const slow = parseGate("a.responseTime.p99 >= 5ms", names);
    expect(judged(9, 4, 0.6, 0, slow).verdict).toBe("pass");
    expect(judged(9, 6, 0.4, 6, slow).verdict).toBe("pass");
    expect(judged(4, 6, 0.6, 6, slow).verdict).toBe("fail");
  });

  test("is that of counts that it cannot change", () => {
    const corrupted = parseGate("a.exchanges.corrupted == 0", names);
    const view = { ...values({ "a.exchanges.corrupted": 3 }), windows: () => [] };
    const none = values({ "a.exchanges.corrupted": 0 });
    const result = evaluateGate(corrupted, {
      ...view,
      undisturbed: { ...none, ratio: () => 0.1 },
      credited: none,
    });
    expect(result).toMatchObject({ verdict: "fail", undisturbed: null });
  });

  test("is judged window by window: one that fails outweighs those in doubt", () => {
    const windows = parseGate("a.responseTime.p99 < 5ms over 5s", names);
    const window = (all: number, rest: number, ratio: number) => ({
      ...p99(all),
      undisturbed: { ...p99(rest), ratio: () => ratio },
      credited: p99(0),
      isPause: () => false,
    });
    const verdict = (...found: ReturnType<typeof window>[]) =>
      evaluateGate(windows, { ...p99(1), windows: () => found }).verdict;
    expect(verdict(window(4, 4, 1), window(9, 1, 0.8))).toBe("inconclusive");
    expect(verdict(window(9, 1, 0.8), window(6, 6, 0.8))).toBe("fail");
    expect(verdict(window(4, 4, 1), window(3, 1, 0.1))).toBe("pass");
  });
});
