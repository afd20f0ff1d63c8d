/** What services that keep figures over time read, each as its own documentation has it. */
import { describe, expect, test } from "vitest";
import { buildResult } from "../../../src/results/build/build.ts";
import { renderBencher } from "../../../src/results/exports/bencher.ts";
import { renderCtrf } from "../../../src/results/exports/ctrf.ts";
import { exportFiles, whyNotExported } from "../../../src/results/exports/export-files.ts";
import { renderGithubBenchmark } from "../../../src/results/exports/github-benchmark.ts";
import { renderGitlabMetrics } from "../../../src/results/exports/gitlab-metrics.ts";
import { trendFigures } from "../../../src/results/exports/trend-figures.ts";
import type { GateOutcome, RunResult } from "../../../src/results/result.ts";
import { hasOpenMetricsParser, parseOpenMetrics } from "../../support/open-metrics.ts";
import { measured, partsPlan, partsStory, resultInput } from "../fixture.ts";

/** Responses of 1 ms and, in the fourth second, 30 ms. */
const slow = { responseNs: (second: number) => (second === 3 ? 30e6 : 1e6) };
const failing = buildResult(
  resultInput({
    gates: ["chat.responseTime.p50 < 5ms", "chat.responseTime.max < 5ms"],
    workloads: [measured(0, slow)],
  }),
);
const withParts = buildResult(
  resultInput({
    plan: partsPlan(resultInput().plan),
    workloads: [measured(0, partsStory)],
  }),
);
const having = (run: Partial<RunResult["run"]>, gates = failing.gates): RunResult => ({
  ...failing,
  run: { ...failing.run, ...run },
  gates,
});

test("figures are those that compare compares, and what servers used", () => {
  expect(trendFigures(failing).map(({ scope, name, better }) => [scope, name, better])).toEqual([
    ["chat", "responseTime.p50", "lower"],
    ["chat", "responseTime.p90", "lower"],
    ["chat", "responseTime.p99", "lower"],
    ["chat", "rate.receivedPerSecond", "higher"],
    ["servers.echo", "rssBytesPeak", "lower"],
    ["servers.echo", "cpuSeconds", "lower"],
  ]);
});

test("of a part, too, under its own name", () => {
  expect(trendFigures(withParts)).toContainEqual(
    expect.objectContaining({ scope: "chat.get", name: "responseTime.p99", unit: "ns" }),
  );
});

describe("github-action-benchmark", () => {
  const read = (better: "lower" | "higher") =>
    JSON.parse(renderGithubBenchmark(failing, better) ?? "null");

  test("has a file for what should be small, and one for what should be large", () => {
    const extra = "slash8 0.1.0, io node, fail";
    expect(read("lower")).toEqual([
      { name: "chat test: chat.responseTime.p50", unit: "ms", value: 1.00045, extra },
      { name: "chat test: chat.responseTime.p90", unit: "ms", value: 30, extra },
      { name: "chat test: chat.responseTime.p99", unit: "ms", value: 30, extra },
      expect.objectContaining({ name: "chat test: servers.echo.rssBytesPeak", unit: "bytes" }),
      expect.objectContaining({ name: "chat test: servers.echo.cpuSeconds", unit: "ms" }),
    ]);
    expect(read("higher")).toEqual([
      { name: "chat test: chat.rate.receivedPerSecond", unit: "per second", value: 800, extra },
    ]);
  });

  test("has no file without entries, which the action would refuse", () => {
    const idle = { ...failing, workloads: {}, servers: {} };
    expect(renderGithubBenchmark(idle, "higher")).toBeNull();
    expect(exportFiles(idle, "github-benchmark", "/r/x")).toEqual([]);
  });
});

test("Bencher: benchmarks by scope, measures by slug, values in ns and per second", () => {
  const metrics = JSON.parse(renderBencher(failing));
  expect(metrics["chat test: chat"]).toEqual({
    latency: { value: 8_250_000 },
    "response-time-p50": { value: 1_000_450 },
    "response-time-p90": { value: 30_000_000 },
    "response-time-p99": { value: 30_000_000 },
    throughput: { value: 800 },
  });
  expect(Object.keys(metrics["chat test: servers.echo"])).toEqual(["rss-bytes-peak", "cpu-time"]);
  const parts = JSON.parse(renderBencher(withParts))["chat test: chat.get"];
  expect(Object.keys(parts)).toEqual(["latency", "response-time-p50", "response-time-p99"]);
});

describe("GitLab's metrics report", () => {
  test("is OpenMetrics text with three digits", () => {
    const odd = { ...failing, scenario: { ...failing.scenario, name: 'a "b"\n\\' } };
    const lines = renderGitlabMetrics(odd).split("\n");
    expect(lines.slice(0, 7)).toEqual([
      "# TYPE slash8_response_time_seconds summary",
      "# UNIT slash8_response_time_seconds seconds",
      'slash8_response_time_seconds{scenario="a \\"b\\"\\n\\\\",workload="chat",quantile="0.5"} 0.001',
      'slash8_response_time_seconds{scenario="a \\"b\\"\\n\\\\",workload="chat",quantile="0.9"} 0.03',
      'slash8_response_time_seconds{scenario="a \\"b\\"\\n\\\\",workload="chat",quantile="0.99"} 0.03',
      "# TYPE slash8_rate_received_per_second gauge",
      'slash8_rate_received_per_second{scenario="a \\"b\\"\\n\\\\",workload="chat"} 800',
    ]);
    expect(lines).toContain("# UNIT slash8_server_rss_peak_bytes bytes");
    expect(lines).toContain("# UNIT slash8_server_cpu_seconds seconds");
    expect(lines.slice(-2)).toEqual(["# EOF", ""]);
  });

  test.skipIf(!hasOpenMetricsParser)("is read by the reference parser", () => {
    for (const result of [failing, withParts]) {
      const names = parseOpenMetrics(renderGitlabMetrics(result)).map(({ name }) => name);
      expect(names).toContain("slash8_response_time_seconds");
    }
  });
});

describe("CTRF", () => {
  const read = (result: RunResult) => JSON.parse(renderCtrf(result));
  const statuses = (result: RunResult) =>
    read(result).results.tests.map(({ status }: { status: string }) => status);
  const withVerdict = (change: Partial<GateOutcome>): GateOutcome[] => [
    { ...(failing.gates[1] as GateOutcome), ...change },
  ];

  test("has a test for the run and one for each gate", () => {
    expect(read(failing)).toEqual({
      reportFormat: "CTRF",
      specVersion: "0.0.0",
      timestamp: "2026-11-21T10:00:07.000Z",
      generatedBy: "slash8",
      results: {
        tool: { name: "slash8", version: "0.1.0" },
        summary: {
          tests: 3,
          passed: 2,
          failed: 1,
          pending: 0,
          skipped: 0,
          other: 0,
          start: 1795255200000,
          stop: 1795255207000,
        },
        tests: [
          {
            name: "run",
            status: "passed",
            duration: 7000,
            start: 1795255200000,
            stop: 1795255207000,
            suite: ["chat test"],
            type: "load",
            filePath: "/chat.yaml",
            rawStatus: "fail",
            message: expect.stringContaining("chat.responseTime.max < 5ms"),
          },
          {
            name: "chat.responseTime.p50 < 5ms",
            status: "passed",
            duration: 0,
            suite: ["chat test"],
            type: "load",
            filePath: "/chat.yaml",
            line: 30,
            rawStatus: "pass",
          },
          {
            name: "chat.responseTime.max < 5ms",
            status: "failed",
            duration: 0,
            suite: ["chat test"],
            type: "load",
            filePath: "/chat.yaml",
            line: 31,
            rawStatus: "fail",
            message: "was 30.0 ms, the limit is 5.00 ms",
          },
        ],
      },
    });
  });

  test.each([
    ["invalid", "other", "the generator was late"],
    ["interrupted", "other", "Ctrl-C"],
    ["fail", "failed", "server echo ended"],
  ] as const)("a run that is %s without a gate is %s, with its reason", (outcome, status, why) => {
    const [run] = read(having({ outcome, reasons: [why] }, [])).results.tests;
    expect(run).toMatchObject({ status, rawStatus: outcome, message: why });
  });

  test.each([
    [{ verdict: "inconclusive" }, "other"],
    [{ verdict: "noData", actual: null }, "other"],
    [{ verdict: "noData" }, "skipped"],
  ] as const)("a gate %j is %s", (change, status) => {
    expect(statuses(having({ outcome: "invalid" }, withVerdict(change)))).toEqual([
      "other",
      status,
    ]);
  });
});

describe("a run without a verdict", () => {
  const aborted = { gate: "chat.errors == 0", line: 9, atMs: 400 };

  test.each([
    [{ outcome: "invalid" }, "the run is invalid"],
    [{ outcome: "interrupted" }, "the run is interrupted"],
    [{ abortedBy: aborted }, "gate chat.errors == 0 ended the run early"],
  ] as const)("%j leaves no figures among those of others", (change, why) => {
    for (const format of ["github-benchmark", "bencher", "gitlab-metrics"] as const) {
      expect(whyNotExported(having(change), format)).toBe(why);
      expect(exportFiles(having(change), format, "/r/x")).toEqual([]);
    }
    expect(exportFiles(having(change), "ctrf", "/r/x")).toHaveLength(1);
  });
});
