/** A comparison as files for other programs and for people. */
import { describe, expect, test } from "vitest";
import type { Comparison, MetricTest } from "../../../src/compare/compare.ts";
import { renderComparisonHtml } from "../../../src/compare/exports/html.ts";
import { renderComparisonJunit } from "../../../src/compare/exports/junit.ts";
import { renderComparisonMarkdown } from "../../../src/compare/exports/markdown.ts";

const metric = (change: Partial<MetricTest>): MetricTest => ({
  scope: "chat",
  name: "responseTime.p50",
  unit: "ns",
  better: "lower",
  baseline: [1e6, 1e6, 1e6, 1e6, 1e6],
  new: [1.2e6, 1.2e6, 1.2e6, 1.2e6, 1.2e6],
  medians: { baseline: 1e6, new: 1.2e6 },
  tested: {
    ratio: 1.2,
    low: 1.15,
    high: 1.25,
    p: 0.0079,
    correctedP: 0.0159,
    noiseFloor: 0.01,
    threshold: 0.05,
    verdict: "fail",
    runsToDecide: null,
  },
  verdict: "fail",
  ...change,
});
const side = (name: string) =>
  Array.from({ length: 5 }, (_, i) => ({
    file: `${name}-${i + 1}.json`,
    startedAt: "2026-11-21T10:00:00.000Z",
    outcome: "pass" as const,
    used: true,
  }));
const passing = metric({
  name: "rate.receivedPerSecond",
  unit: "perSecond",
  better: "higher",
  medians: { baseline: 800, new: 800 },
  tested: {
    ...(metric({}).tested as NonNullable<MetricTest["tested"]>),
    ...{ ratio: 1, low: 1, high: 1, correctedP: 1, noiseFloor: 0, verdict: "pass" },
  },
  verdict: "pass",
});
const noData = metric({ name: "responseTime.p99", tested: null, verdict: "inconclusive" });
const comparison = (change: Partial<Comparison> = {}): Comparison => ({
  schemaVersion: 1,
  kind: "comparison",
  tool: { name: "slash8", version: "0.1.0" },
  alpha: 0.05,
  tolerance: 0.05,
  seed: 1,
  design: "independent",
  verdict: "fail",
  reasons: ["chat.responseTime.p50 is worse"],
  unlike: ["kernel: 6.1 against 6.9"],
  notes: [],
  baseline: side("base"),
  new: side("new"),
  tests: [metric({}), passing],
  ...change,
});
const open = comparison({
  verdict: "inconclusive",
  reasons: ["chat.responseTime.p99: not every run has this metric"],
  unlike: [],
  tests: [passing, noData],
});
const odd = '<b>&"|`x`_y_\u0001';
const oddly = comparison({
  unlike: [odd],
  notes: [odd],
  tests: [metric({ scope: odd, name: odd })],
});

const figures =
  "1.00 ms -&gt; 1.20 ms, +20 % (95 % interval +15 % .. +25 %), p 0.016, noise floor 1 %, runs 5 / 5: FAIL: larger";

describe("JUnit", () => {
  test("has a test for the whole and one for each metric, with figures and numbers of runs", () => {
    expect(renderComparisonJunit(comparison())).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="slash8 compare" tests="3" failures="1" errors="0" time="0">
  <testsuite name="comparison" tests="3" failures="1" errors="0" time="0">
    <testcase classname="comparison" name="comparison" time="0"><system-out>5 new runs against 5 of the baseline
unlike: kernel: 6.1 against 6.9</system-out></testcase>
    <testcase classname="chat" name="responseTime.p50" time="0"><failure message="FAIL: larger">${figures}</failure><system-out>${figures}</system-out></testcase>
    <testcase classname="chat" name="rate.receivedPerSecond" time="0"><system-out>800/s -&gt; 800/s, 0.0 % (95 % interval 0.0 % .. 0.0 %), p 1.000, noise floor 0 %, runs 5 / 5: pass</system-out></testcase>
  </testsuite>
</testsuites>
`);
  });

  test("says that what is inconclusive is an error, not a failure", () => {
    const xml = renderComparisonJunit(open);
    expect(xml).toMatch(/tests="3" failures="0" errors="2"/);
    expect(xml).toContain(
      '<error message="the comparison is inconclusive">chat.responseTime.p99: not every run has this metric</error>',
    );
    expect(xml).toMatch(/name="responseTime\.p99" time="0"><error message="no data">/);
  });

  test("names stay names", () => {
    expect(renderComparisonJunit(oddly)).toContain(
      'classname="&lt;b&gt;&amp;&quot;|`x`_y_\uFFFD" name="',
    );
  });
});

describe("Markdown", () => {
  test("has unlike conditions, the verdict, and a row for each metric", () => {
    const text = renderComparisonMarkdown(comparison());
    expect(text).toMatch(
      /^## ❌ Comparison: fail\n\n5 new runs against 5 of the baseline\n\n\*\*Unlike conditions.*\n\n- ⚠️ kernel: 6\.1 against 6\.9\n\n- chat\.responseTime\.p50 is worse\n\n/,
    );
    expect(text).toContain(
      "| ❌ | chat.responseTime.p50 | 5 / 5 | 1.00 ms | 1.20 ms | +20 % | +15 % .. +25 % | 0.016 | 1 % | FAIL: larger |\n",
    );
    expect(text).toContain("(Mann-Whitney, exact; Holm over 2 tests)");
    expect(renderComparisonMarkdown(open)).toContain("| ⚠️ | chat.responseTime.p99 |");
  });

  test("names cannot be markup, nor break a table", () => {
    const text = renderComparisonMarkdown(oddly);
    expect(text).not.toMatch(/<b>|`x`|_y_/);
    const rows = text.split("\n").filter((line) => line.startsWith("|"));
    expect(new Set(rows.map((row) => row.split("|").length))).toEqual(new Set([12]));
  });

  test("of nothing compared has no table", () => {
    const text = renderComparisonMarkdown(comparison({ tests: [], unlike: [] }));
    expect(text).not.toContain("|");
  });
});

describe("HTML", () => {
  const page = renderComparisonHtml(comparison(), ".x {}");

  test("has every metric with its runs, its interval and a verdict", () => {
    expect(page).toContain('<span class="badge fail">fail</span>');
    const rows = page.match(/<tr><td class="text">responseTime\.p50<\/td>.*<\/tr>/);
    expect(rows?.[0]?.replaceAll(/<svg.*<\/svg>/g, "").replaceAll(/<[^>]+>/g, "|")).toMatch(
      /\|5 \/ 5\|+1\.00 ms\|+1\.20 ms\|+\+20 %\|+\+15 % \.\. \+25 %\|+0\.016\|+1 %\|+FAIL: larger\|/,
    );
    expect(page.match(/<svg /g)).toHaveLength(2);
    expect(page).toContain("new-5.json");
    expect(renderComparisonHtml(open, "").match(/<svg /g)).toHaveLength(1);
  });

  test("draws what is larger to the right of what is the same", () => {
    const [, same] = /class="same" x1="([\d.]+)"/.exec(page) ?? [];
    const [, low, high] = /class="span fail" x1="([\d.]+)" y1="9" x2="([\d.]+)"/.exec(page) ?? [];
    expect(Number(low)).toBeGreaterThan(Number(same));
    expect(Number(high)).toBeGreaterThan(Number(low));
  });

  test("has no script, and asks for nothing", () => {
    expect(page).toContain("default-src 'none'; style-src 'sha256-");
    expect(page).not.toMatch(/<script|https?:/);
    expect(renderComparisonHtml(oddly, "")).not.toContain("<b>");
  });
});
