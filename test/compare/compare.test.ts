import { describe, expect, test } from "vitest";
import { UserError } from "../../src/base/errors.ts";
import { type ComparisonOptions, compareResults } from "../../src/compare/compare.ts";
import { renderComparison } from "../../src/compare/text.ts";
import { buildResult } from "../../src/results/build/build.ts";
import type { NamedResult } from "../../src/results/files/read-all.ts";
import type { RunResult } from "../../src/results/result.ts";
import { measured, partsPlan, partsStory, resultInput } from "../results/fixture.ts";

const options: ComparisonOptions = {
  tool: { name: "slash8", version: "0.1.0" },
  alpha: 0.05,
  tolerance: 0.05,
  metrics: null,
  seed: 1,
};

/** Seconds whose times are a millisecond plus some thousandths, times a factor. */
const seconds = [0, 3, 1, 4, 2, 5, 1];

const built = new Map<string, RunResult>();

/** The same one for the same figures. */
function result(factor: number, run: number, sent = 100): RunResult {
  const key = [factor, run, sent].join();
  const found = built.get(key) ?? build(factor, run, sent);
  built.set(key, found);
  return found;
}

function build(factor: number, run: number, sent: number): RunResult {
  const responseNs = (second: number) =>
    Math.round(1e6 * factor * (1 + ((seconds[second] ?? 0) + run) / 1000));
  return buildResult(resultInput({ workloads: [measured(0, { responseNs, offered: sent })] }));
}

const side = (name: string, factor: number, runs = 5, sent = 100): NamedResult[] =>
  Array.from({ length: runs }, (_, i) => {
    return { path: `${name}-${i + 1}.json`, result: result(factor, i, sent) };
  });
const base = side("base", 1);
const verdicts = (changed: readonly NamedResult[]) =>
  Object.fromEntries(
    compareResults(base, changed, options).tests.map(({ name, verdict }) => [name, verdict]),
  );

describe("a comparison", () => {
  test("leaves out runs that a gate ended early", () => {
    const [first, ...others] = side("new", 1) as [NamedResult, ...NamedResult[]];
    const { result } = first;
    const abortedBy = { gate: "chat.errors == 0", line: 9, atMs: 4000 };
    const early = { ...first, result: { ...result, run: { ...result.run, abortedBy } } };
    const comparison = compareResults(base, [early, ...others], options);
    expect(comparison.new.map(({ used }) => used)).toEqual([false, true, true, true, true]);
    expect(comparison.notes).toContain(
      "new-1.json is not used: the run was ended early by gate chat.errors == 0",
    );
  });

  test("has the parts of workloads, each with the seconds of its own", () => {
    const plan = partsPlan(resultInput().plan);
    const result = buildResult(resultInput({ plan, workloads: [measured(0, partsStory)] }));
    const withParts = (name: string): NamedResult[] =>
      Array.from({ length: 5 }, (_, i) => ({ path: `${name}-${i}.json`, result }));
    const [before, after] = [withParts("base"), withParts("new")];
    const names = (comparison: ReturnType<typeof compareResults>) =>
      comparison.tests.map(({ scope, name }) => `${scope}.${name}`);
    const { tests, ...whole } = compareResults(before, after, options);
    expect(names({ tests, ...whole })).toEqual([
      "chat.responseTime.p50",
      "chat.responseTime.p90",
      "chat.responseTime.p99",
      "chat.rate.receivedPerSecond",
      "chat.get.responseTime.p50",
      "chat.get.responseTime.p99",
      "chat.set.responseTime.p50",
      "chat.set.responseTime.p99",
    ]);
    // Drawn from the part's own seconds, in which all take the same time.
    expect(tests.find(({ name }) => name === "get.responseTime.p99")?.tested?.noiseFloor).toBe(0);
    const named = { ...options, metrics: ["get.responseTime.p99.9", "get.exchanges.sent"] };
    expect(() => compareResults(before, after, named)).toThrow(/get\.exchanges\.sent/);
    const one = compareResults(before, after, { ...options, metrics: ["set.serviceTime.p90"] });
    expect(names(one)).toEqual(["chat.set.serviceTime.p90"]);
    const missing = { ...options, metrics: ["del.responseTime.p99"] };
    expect(() => compareResults(before, after, missing)).toThrow('no part "del"');
  });

  test("of a server with itself passes", () => {
    const comparison = compareResults(base, side("new", 1), options);
    expect(comparison).toMatchObject({ verdict: "pass", reasons: [], unlike: [], notes: [] });
    expect(comparison.tests.map(({ scope, name }) => `${scope}.${name}`)).toEqual([
      "chat.responseTime.p50",
      "chat.responseTime.p90",
      "chat.responseTime.p99",
      "chat.rate.receivedPerSecond",
    ]);
  });

  test("fails a slower one, and reports by how much", () => {
    const comparison = compareResults(base, side("new", 1.2), options);
    expect(comparison.verdict).toBe("fail");
    expect(comparison.reasons).toContain("chat.responseTime.p99 is worse");
    const { tested } = comparison.tests[0] ?? {};
    expect(tested?.ratio).toBeCloseTo(1.2, 1);
    expect(tested?.low).toBeGreaterThan(1.15);
    expect(tested?.p).toBeCloseTo(2 / 252, 6);
  });

  test("reports a faster one as improved, and passes it", () => {
    const { tests, verdict } = compareResults(base, side("new", 0.8), options);
    expect(tests.find(({ name }) => name === "responseTime.p99")?.verdict).toBe("improved");
    expect(verdict).toBe("pass");
  });

  test("treats more replies as better", () => {
    expect(verdicts(side("new", 1, 5, 80))).toMatchObject({ "rate.receivedPerSecond": "fail" });
    expect(verdicts(side("new", 1, 5, 120))).toMatchObject({
      "rate.receivedPerSecond": "improved",
    });
  });

  test("with too few runs is inconclusive, whatever they show", () => {
    const comparison = compareResults(side("base", 1, 3), side("new", 5, 3), options);
    expect(comparison.verdict).toBe("inconclusive");
    expect(comparison.reasons[0]).toMatch(
      /too few runs.*smallest p is 0\.10.*make at least 5 runs per side/,
    );
    expect(comparison.tests.every(({ verdict }) => verdict === "inconclusive")).toBe(true);
  });

  test("does not use invalid or interrupted runs, and says so", () => {
    const [first, ...rest] = side("new", 1, 6);
    const run = { ...(first as NamedResult).result.run, outcome: "invalid" as const };
    const bad = { path: "bad.json", result: { ...(first as NamedResult).result, run } };
    const comparison = compareResults(base, [bad, ...rest], options);
    expect(comparison.notes).toEqual(["bad.json is not used: the run is invalid"]);
    expect(comparison.new.map(({ used }) => used)).toEqual([false, true, true, true, true, true]);
    expect(comparison.verdict).toBe("pass");
    expect(compareResults(base, [bad], options)).toMatchObject({
      verdict: "inconclusive",
      reasons: ["nothing can be compared"],
    });
  });

  test("warns at the top about different hosts or scenarios", () => {
    const other = side("new", 1).map(({ path, result: { host, ...rest } }) => {
      return { path, result: { ...rest, host: { ...host, kernel: "6.99" } } };
    });
    const comparison = compareResults(base, other, options);
    expect(comparison.unlike).toEqual(["kernel: 6.1 against 6.99"]);
    const text = renderComparison(comparison, { color: false, width: 100 });
    expect(text).toMatch(/^UNLIKE CONDITIONS.*\n {2}- kernel: 6\.1 against 6\.99\n\nPASS/);
  });

  test("reports exchanges without a reply, which have no latency", () => {
    const dropping = side("new", 1).map(({ path, result: one }) => {
      const chat = one.workloads.chat as NonNullable<(typeof one.workloads)[string]>;
      const exchanges = { ...chat.exchanges, timedOut: 32 };
      return { path, result: { ...one, workloads: { chat: { ...chat, exchanges } } } };
    });
    expect(compareResults(base, dropping, options).notes[0]).toMatch(
      /^chat: 1 % of the messages have no valid reply in the new runs, 0 % in the baseline/,
    );
  });

  test("works on results without histograms of seconds", () => {
    const old = base.map(({ path, result: one }) => {
      const chat = one.workloads.chat as NonNullable<(typeof one.workloads)[string]>;
      return { path, result: { ...one, workloads: { chat: { ...chat, timeline: [] } } } };
    });
    expect(compareResults(old, side("new", 1.2), options).verdict).toBe("fail");
    expect(compareResults(old, side("new", 1), options).verdict).toBe("pass");
  });

  test("uses the named metrics", () => {
    const compared = (...metrics: string[]) =>
      compareResults(base, side("new", 1), { ...options, metrics });
    const { tests } = compared(
      "responseTime.p99.9",
      "servers.echo.rssBytesPeak",
      "responseTime.p99.9",
    );
    expect(tests.map(({ scope, name }) => `${scope} ${name}`)).toEqual([
      "chat responseTime.p99.9",
      "servers.echo rssBytesPeak",
    ]);
    expect(() => compared("responseTime.p9x")).toThrow(UserError);
    expect(() => compared("errors")).toThrow(/errors cannot be compared/);
    expect(() => compared("servers.ecko.cpuSeconds")).toThrow(/did you mean "echo"/);
  });

  test("is rendered as a table", () => {
    const comparison = compareResults(base, side("new", 1.2), options);
    const text = renderComparison(comparison, { color: false, width: 100 });
    expect(text).toMatch(
      /^FAIL {2}5 new runs against 5 of the baseline\n {2}- chat\.responseTime\.p50 is worse/,
    );
    expect(text).toMatch(/responseTime\.p50 +1\.00 ms +1\.21 ms +\+20 % .*FAIL: larger/);
    expect(text).toMatch(/rate\.receivedPerSecond +800\/s +800\/s +0\.0 % .*pass/);
  });
});

describe("a comparison of pairs", () => {
  const paired: ComparisonOptions = { ...options, design: "paired" };
  /** Both runs of a pair are as much slower as the machine was then. */
  const drifting = (name: string, factor: number, pairs = 8): NamedResult[] =>
    Array.from({ length: pairs }, (_, i) => {
      const runs = result(factor * (1 + i / 20), i % 3);
      return { path: `${name}-${i + 1}.json`, result: runs };
    });
  const named = (comparison: ReturnType<typeof compareResults>, metric: string) =>
    comparison.tests.find(({ name }) => name === metric);

  test("finds a change that drift hides from a comparison of two series", () => {
    const [a, b] = [drifting("a", 1), drifting("b", 1.08)];
    const comparison = compareResults(a, b, paired);
    expect(comparison).toMatchObject({ design: "paired", verdict: "fail", notes: [] });
    const p50 = named(comparison, "responseTime.p50");
    expect(p50?.tested?.p).toBe(2 / 256);
    expect(p50?.tested?.ratio).toBeCloseTo(1.08, 2);
    expect(p50?.tested?.low).toBeGreaterThan(1.07);
    expect(named(comparison, "rate.receivedPerSecond")?.verdict).toBe("pass");
    expect(compareResults(a, b, options)).toMatchObject({
      design: "independent",
      verdict: "inconclusive",
    });
  });

  test("of a server with itself passes", () => {
    expect(compareResults(drifting("a", 1), drifting("b", 1), paired).verdict).toBe("pass");
  });

  test("with too few pairs is inconclusive, and says how many it takes", () => {
    const comparison = compareResults(drifting("a", 1, 5), drifting("b", 2, 5), paired);
    expect(comparison.verdict).toBe("inconclusive");
    expect(comparison.reasons[0]).toBe(
      "too few pairs: with 5 of them not even a server that is ten times slower can be distinguished from chance " +
        "(the smallest p is 0.063, and 4 tests share alpha 0.05); make at least 8 pairs",
    );
    expect(renderComparison(comparison, { color: false, width: 100 })).toMatch(
      /responseTime\.p50 .* \+100 % +- +0\.250 /,
    );
  });

  test("leaves out a pair of which one run is not used, or was not made", () => {
    const [a, b] = [drifting("a", 1, 9), drifting("b", 1.08, 10)];
    const third = b[2] as NamedResult;
    const run = { ...third.result.run, outcome: "invalid" as const };
    const changed = b.with(2, { ...third, result: { ...third.result, run } });
    const comparison = compareResults(a, changed, paired);
    const used = (runs: typeof comparison.new) => runs.map(({ used: one }) => (one ? "+" : "-"));
    expect(used(comparison.baseline).join("")).toBe("++-++++++");
    expect(used(comparison.new).join("")).toBe("++-++++++-");
    expect(comparison.notes).toEqual([
      "a-3.json is not used: the other run of its pair is not, or was not made",
      "b-3.json is not used: the run is invalid",
      "b-10.json is not used: the other run of its pair is not, or was not made",
    ]);
    expect(comparison.verdict).toBe("fail");
    expect(named(comparison, "responseTime.p50")?.new).toHaveLength(8);
    const text = renderComparison(comparison, { color: false, width: 120 });
    expect(text).toMatch(/^FAIL {2}8 pairs of runs, new against baseline\n/);
    expect(text).toContain("(Wilcoxon's test of pairs, exact; Holm over 4 tests)");
  });
});
