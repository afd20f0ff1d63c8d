/** What a result is written as for other programs, each as that program reads it. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeHistogram } from "../../../src/metrics/hdr-encoding.ts";
import { phase } from "../../../src/metrics/snapshot.ts";
import { buildResult } from "../../../src/results/build/build.ts";
import { renderAnnotations } from "../../../src/results/exports/annotations.ts";
import { exportFiles, exportFormats } from "../../../src/results/exports/export-files.ts";
import { renderFortio } from "../../../src/results/exports/fortio.ts";
import { renderHgrm } from "../../../src/results/exports/hgrm.ts";
import { renderJunit } from "../../../src/results/exports/junit.ts";
import { renderMarkdown } from "../../../src/results/exports/markdown.ts";
import { renderTimelineCsv } from "../../../src/results/exports/timeline-csv.ts";
import { renderVegeta } from "../../../src/results/exports/vegeta.ts";
import type { RunResult, WorkloadResult } from "../../../src/results/result.ts";
import { anyText } from "../../support/fuzz.ts";
import { httpPlan, httpStory, measured, resultInput } from "../fixture.ts";

/** Responses of 1 ms and, in the fourth second, 30 ms. */
const slow = { responseNs: (second: number) => (second === 3 ? 30e6 : 1e6) };

const failing = buildResult(
  resultInput({
    gates: ["chat.responseTime.p50 < 5ms", "chat.responseTime.max < 5ms"],
    workloads: [measured(0, slow)],
  }),
);
const passing = buildResult(resultInput({ gates: ["chat.responseTime.p50 < 5ms"] }));
const interrupted = buildResult(resultInput({ run: { interrupted: true } }));
const chat = failing.workloads.chat as WorkloadResult;

const renamed = (result: RunResult, name: string): RunResult => ({
  ...result,
  scenario: { ...result.scenario, name, file: name },
  gates: result.gates.map((gate) => ({ ...gate, expression: name })),
  warnings: [name],
});

describe("JUnit", () => {
  test("has a test for the run and one for each gate", () => {
    expect(renderJunit(failing)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="slash8" tests="3" failures="1" errors="0" time="7.000">
  <testsuite name="chat test" timestamp="2026-11-21T10:00:00.000Z" tests="3" failures="1" errors="0" time="7.000">
    <testcase classname="chat test" name="run" file="/chat.yaml" time="7.000"></testcase>
    <testcase classname="chat test" name="chat.responseTime.p50 &lt; 5ms" file="/chat.yaml" line="30" time="0"></testcase>
    <testcase classname="chat test" name="chat.responseTime.max &lt; 5ms" file="/chat.yaml" line="31" time="0"><failure message="was 30.0 ms, the limit is 5.00 ms">was 30.0 ms, the limit is 5.00 ms</failure></testcase>
  </testsuite>
</testsuites>
`);
  });

  test("says that a run without a verdict is an error, and a gate without data, too", () => {
    expect(renderJunit(interrupted)).toMatch(
      /tests="1" failures="0" errors="1".*<error message="the run is interrupted">/s,
    );
    const [gate] = passing.gates;
    const noData = { ...passing, gates: [{ ...gate, verdict: "noData", actual: null }] };
    expect(renderJunit(noData as RunResult)).toMatch(/errors="1".*<error message="no data: /s);
  });

  test("says that a gate in doubt is an error, not a failure", () => {
    const [gate] = failing.gates.filter(({ verdict }) => verdict === "fail");
    const doubtful = { ...passing, gates: [{ ...gate, verdict: "inconclusive" }] } as RunResult;
    expect(renderJunit(doubtful)).toMatch(
      /failures="0" errors="1".*<error message="inconclusive: was 30.0 ms, the limit is 5.00 ms, and the load generator or a busy machine may be why">/s,
    );
    expect(renderMarkdown(doubtful)).toContain("| ⚠️ | `chat.responseTime.max < 5ms` |");
    expect(renderAnnotations(doubtful)[0]).toMatch(/^::warning .*inconclusive/);
  });

  test("a server that ended fails the run where no gate does", () => {
    const run = { ...passing.run, outcome: "fail", reasons: ["server echo ended"] } as const;
    expect(renderJunit({ ...passing, run })).toMatch(
      /failures="1" errors="0".*name="run".*<failure message="the run failed">server echo ended</s,
    );
  });

  test("names stay names, whatever characters they have", () => {
    const entities: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"' };
    fc.assert(
      fc.property(anyText({ minLength: 1 }), (name) => {
        const xml = renderJunit(renamed(passing, name));
        const read = /<testsuite name="([^"<]*)"/.exec(xml)?.[1] ?? "";
        const decoded = read.replaceAll(/&(#?)(\w+);/g, (_, number: string, text: string) =>
          number === "#" ? String.fromCharCode(Number(text)) : (entities[text] ?? "?"),
        );
        const writable = name.replaceAll(
          /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu,
          "\u{FFFD}",
        );
        expect(decoded).toBe(writable);
        expect(xml.match(/<testcase /g)?.length).toBe(2);
      }),
    );
  });
});

describe("Markdown", () => {
  test("has verdict, gates and workloads", () => {
    const text = renderMarkdown(failing);
    expect(text).toMatch(/^## ❌ chat test: fail, 1 of 2 gates passed\n/);
    expect(text).toContain("| ✅ | `chat.responseTime.p50 < 5ms` | 1.00 ms | 5.00 ms |\n");
    expect(text).toContain("| ❌ | `chat.responseTime.max < 5ms` | 30.0 ms | 5.00 ms |\n");
    expect(text).toMatch(/^\| chat \| 10 \| 3,200 \| 800\/s \| 1\.00 ms \| 30\.0 ms \|/m);
  });

  test("says whether it can be believed", () => {
    const finding = {
      about: "server",
      severity: "info",
      code: "server.cpu",
      subject: "<echo>",
      text: "server <echo> was at its limit",
      evidence: { cpuSeconds: 3 },
      todo: "lower the rate",
    } as const;
    const text = renderMarkdown({ ...passing, run: { ...passing.run, findings: [finding] } });
    expect(text).toContain(
      "- ℹ️ **server**: server &lt;echo> was at its limit; what to do: lower the rate\n",
    );
  });

  test("names cannot be markup, nor break a table", () => {
    const name = "<img src=x> | **bold** `code` [a](b) @team #1\n| x |";
    const text = renderMarkdown(renamed(passing, name));
    // A gate's expression stands as code, where nothing is markup.
    const prose = text.replaceAll(/``.*?``/g, "");
    expect(prose).not.toMatch(/<img|\*\*bold|@team|\[a\]/);
    const widths = text
      .split("\n")
      .filter((line) => line.startsWith("|"))
      .map((line) => line.replaceAll("\\|", "").split("|").length);
    expect(new Set(widths)).toEqual(new Set([6, 11]));
  });
});

describe("annotations", () => {
  test("mark the lines of gates that did not pass, and nothing else", () => {
    expect(renderAnnotations(passing)).toEqual([]);
    expect(renderAnnotations(failing)).toEqual([
      "::error file=/chat.yaml,line=31,title=slash8%3A chat.responseTime.max < 5ms::was 30.0 ms, the limit is 5.00 ms",
    ]);
  });

  test("warn of what makes the figures not the server's, and of nothing less", () => {
    const what = { about: "machine", code: "machine.steal", subject: null } as const;
    const finding = { ...what, evidence: {}, text: "5 % was taken", todo: "use another" };
    const findings = [
      { ...finding, severity: "severe" as const },
      { ...finding, severity: "warning" as const },
    ];
    expect(renderAnnotations({ ...passing, run: { ...passing.run, findings } })).toEqual([
      "::warning file=/chat.yaml,title=slash8%3A validity (machine)::5 %25 was taken; what to do: use another",
    ]);
  });

  test("say why there is no verdict", () => {
    expect(renderAnnotations(interrupted).join("\n")).toMatch(
      /^::error file=\/chat\.yaml,title=slash8%3A interrupted::.+$/,
    );
  });

  test("are one line each", () => {
    fc.assert(
      fc.property(anyText(), (name) => {
        for (const line of renderAnnotations(renamed(failing, name))) {
          expect(line).not.toMatch(/[\r\n]/);
          expect(line.split("::").length).toBe(3);
        }
      }),
    );
  });
});

test("the percentile distribution states what HdrHistogram would, in ms", () => {
  const lines = renderHgrm(chat.responseTime).split("\n");
  expect(lines[0]).toMatch(/Value +Percentile +TotalCount +1\/\(1-Percentile\)/);
  const rows = lines.slice(2).flatMap((line) => {
    if (line === "" || line.startsWith("#")) return [];
    return [line.trim().split(/\s+/).map(Number) as [number, number, number, number?]];
  });
  // 800 of 3,200 took 30 ms.
  for (const [ms, ratio, below] of rows) {
    expect(Math.round(ms)).toBe(ratio <= 0.75 ? 1 : 30);
    expect(below).toBe(ratio <= 0.75 ? 2400 : 3200);
  }
  expect(rows.at(-1)).toEqual([30, 1, 3200]);
  const portions = rows.map(([, ratio]) => ratio);
  expect(portions.slice(0, 7)).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.55]);
  expect(lines.at(-2)).toBe("#[Max     =       30.000, Total count    =         3200]");
});

test("the timeline has a row for every second of every workload", () => {
  const [head, ...rows] = renderTimelineCsv(failing).trimEnd().split("\n");
  expect(head).toMatch(/^workload,atMs,offered,sent,received,open,opened,errors,/);
  expect(rows).toHaveLength(chat.timeline.length);
  const fields = rows.map((row) => row.split(","));
  const sum = (column: number) => fields.reduce((total, row) => total + Number(row[column]), 0);
  expect(sum(3)).toBe(chat.timeline.reduce((total, { sent }) => total + sent, 0));
  expect(fields.every((row) => row.length === 15 && row[0] === "chat")).toBe(true);
  // Of 7 s: connecting, warm-up, 4 s of steady state, drain.
  expect(fields.map((row) => row[13])).toEqual([
    "false",
    "false",
    "true",
    "true",
    "true",
    "true",
    "false",
  ]);
  const odd = { ...failing, workloads: { 'a,"b"': chat } };
  expect(renderTimelineCsv(odd)).toContain('"a,""b""",0,');
});

test("Fortio's histogram adds up", () => {
  const report = JSON.parse(renderFortio(failing, "chat", chat));
  expect(report).toMatchObject({ RunType: "TCP", RequestedQPS: "800", NumThreads: 10 });
  expect(report.StartTime).toBe("2026-11-21T10:00:02.000Z");
  const { Data: data, ...histogram } = report.DurationHistogram;
  expect(histogram).toMatchObject({ Count: 3200, Min: 0.001, Max: 0.03 });
  expect(histogram.Avg * histogram.Count).toBeCloseTo(histogram.Sum, 9);
  let below = 0;
  let end = 0;
  for (const bucket of data) {
    expect(bucket.Start).toBeGreaterThanOrEqual(end);
    expect(bucket.End).toBeGreaterThanOrEqual(bucket.Start);
    below += bucket.Count;
    end = bucket.End;
    expect(bucket.Percent).toBeCloseTo((100 * below) / 3200, 9);
  }
  expect(below).toBe(3200);
  expect(histogram.Percentiles).toContainEqual({
    Percentile: 99,
    Value: (chat.responseTime.percentiles["99"] ?? 0) / 1e9,
  });
});

test("vegeta's report has its names and units", () => {
  const report = JSON.parse(renderVegeta(failing, chat));
  expect(report).toMatchObject({
    latencies: { "99th": chat.responseTime.percentiles["99"], min: 1e6, max: 30e6 },
    bytes_in: { total: 64 * 3200, mean: 64 },
    duration: 4e9,
    requests: 3200,
    success: 1,
    status_codes: { "200": 3200 },
    errors: [],
  });
});

describe("replies with an HTTP status", () => {
  const story = httpStory(200, 200, 204, 304, 503);
  const withErrors = measured(0, {
    ...story,
    note(recorder, quarters, at) {
      story.note?.(recorder, quarters, at);
      if (quarters !== 9) return;
      recorder.error("HTTP_503", "target", phase.steady, 320);
      recorder.error("ECONNRESET", "target", phase.steady, 1);
    },
  });
  const result = buildResult(
    resultInput({ plan: httpPlan(resultInput().plan), workloads: [withErrors] }),
  );
  const workload = result.workloads.chat as WorkloadResult;
  const statuses = { "200": 1280, "204": 640, "304": 640, "503": 640 };

  test("stand by it in Fortio's result, beside the errors that are none", () => {
    const { RetCodes } = JSON.parse(renderFortio(result, "chat", workload));
    expect(RetCodes).toEqual({ ...statuses, ECONNRESET: 2 });
  });

  test("stand by it in vegeta's report, where those of 200 to 399 are a success", () => {
    const report = JSON.parse(renderVegeta(result, workload));
    expect(report.status_codes).toEqual(statuses);
    expect(report.success).toBe(0.8);
    const lost = { ...workload, exchanges: { ...workload.exchanges, sent: 4000 } };
    const { status_codes, success } = JSON.parse(renderVegeta(result, lost));
    expect([status_codes, success]).toEqual([{ ...statuses, "0": 800 }, 0.64]);
  });

  test("are not known of results of versions before", () => {
    const { status: _, ...exchanges } = chat.exchanges;
    const older = { ...chat, exchanges } as WorkloadResult;
    expect(JSON.parse(renderFortio(failing, "chat", older)).RetCodes).toEqual({ OK: 3200 });
    expect(JSON.parse(renderVegeta(failing, older)).status_codes).toEqual({ "200": 3200 });
  });
});

test("files lie beside the result, for each workload where that is the format", () => {
  const two = buildResult(resultInput({ names: ["chat", "pings"] }));
  const paths = exportFormats.flatMap((format) =>
    exportFiles(two, format, "/r/x").map(({ path }) => path),
  );
  expect(paths).toEqual([
    "/r/x.junit.xml",
    "/r/x.ctrf.json",
    "/r/x.md",
    "/r/x.csv",
    "/r/x.smaller-is-better.json",
    "/r/x.bigger-is-better.json",
    "/r/x.bencher.json",
    "/r/x.metrics.txt",
    "/r/x.chat.hgrm",
    "/r/x.pings.hgrm",
    "/r/x.chat.fortio.json",
    "/r/x.pings.fortio.json",
    "/r/x.chat.vegeta.json",
    "/r/x.pings.vegeta.json",
  ]);
  expect(decodeHistogram(chat.responseTime.hdr).count).toBe(3200);
});
