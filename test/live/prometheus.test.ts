import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { familiesOf } from "../../src/live/families.ts";
import { formatFor, prometheusText } from "../../src/live/prometheus.ts";
import { hasOpenMetricsParser, parseOpenMetrics } from "../support/open-metrics.ts";
import { isInstalled } from "../support/programs.ts";
import { earlyView, runView } from "./samples.ts";

const text = await prometheusText(familiesOf(runView()));
const lines = text.split("\n");

test.each([
  "# TYPE slash8_exchanges_sent_total counter",
  'slash8_exchanges_sent_total{workload="chatter",server="echo"} 4000',
  'slash8_sent_bytes_total{workload="chatter",server="echo"} 256000',
  'slash8_errors_total{workload="chatter",server="echo",code="ECONNRESET",side="target"} 6',
  'slash8_rate_achieved_per_second{workload="chatter",server="echo"} 20001',
  "# TYPE slash8_response_time_seconds histogram",
  'slash8_response_time_seconds_bucket{le="0.000768",workload="chatter",server="echo"} 0',
  'slash8_response_time_seconds_bucket{le="0.001024",workload="chatter",server="echo"} 4000',
  'slash8_response_time_seconds_bucket{le="33.554432",workload="chatter",server="echo"} 4000',
  'slash8_response_time_seconds_bucket{le="+Inf",workload="chatter",server="echo"} 4000',
  'slash8_response_time_seconds_sum{workload="chatter",server="echo"} 4',
  'slash8_response_time_seconds_count{workload="chatter",server="echo"} 4000',
  'slash8_run_info{id="0001",scenario="fake\\"",version="0.1.0",io="node"} 1',
  'slash8_server_cpu_seconds_total{server="echo"} 1.5',
])("%s", (line) => {
  expect(lines).toContain(line);
});

test("is short while there are few values", async () => {
  const early = await prometheusText(familiesOf(earlyView()));
  expect(early).toContain('slash8_run_state{state="planning"} 1');
  expect(early).not.toContain("workload");
});

test.skipIf(!isInstalled("promtool"))("promtool reports no problems", () => {
  const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], { input: text });
  expect(`${stdout}${stderr}`).toBe("");
  expect(status).toBe(0);
});

describe("OpenMetrics", async () => {
  const open = await prometheusText(familiesOf(runView()), "openMetrics");

  test.each([
    "# TYPE slash8_exchanges_sent counter",
    'slash8_exchanges_sent_total{workload="chatter",server="echo"} 4000',
    "# TYPE slash8_sent_bytes counter\n# UNIT slash8_sent_bytes bytes",
    'slash8_sent_bytes_total{workload="chatter",server="echo"} 256000',
    "# TYPE slash8_response_time_seconds histogram\n# UNIT slash8_response_time_seconds seconds",
    'slash8_response_time_seconds_bucket{le="+Inf",workload="chatter",server="echo"} 4000',
    "# TYPE slash8_rate_achieved_per_second gauge\nslash8",
  ])("%j", (lines) => {
    expect(open).toContain(`\n${lines}`);
  });

  test("has the same samples as Prometheus' text, and ends as it must", () => {
    const samples = (all: string) => all.split("\n").filter((line) => /^slash8/.test(line));
    expect(samples(open)).toEqual(samples(text));
    expect(open.endsWith("\n# EOF\n")).toBe(true);
    expect(open).not.toContain("\n\n");
  });

  test("is whole before a run, too", async () => {
    expect(await prometheusText([], "openMetrics")).toBe("# EOF\n");
  });

  test.skipIf(!hasOpenMetricsParser)("is read by the reference parser", async () => {
    const families = familiesOf(runView()).filter(({ samples }) => samples.length > 0);
    const read = parseOpenMetrics(open);
    expect(read).toHaveLength(families.length);
    expect(read.map(({ type }) => type)).toEqual(families.map(({ kind }) => kind));
    expect(parseOpenMetrics("# EOF\n")).toEqual([]);
  });
});

test.each([
  [undefined, "prometheus"],
  ["*/*", "prometheus"],
  ["text/plain;version=0.0.4;q=1,*/*;q=0.1", "prometheus"],
  ["application/openmetrics-text", "openMetrics"],
  // Prometheus 2.42.
  [
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    "openMetrics",
  ],
  ["application/openmetrics-text; q=0.5, text/plain; q=0.7", "prometheus"],
  ["application/openmetrics-text; q=0", "prometheus"],
  ["Application/OpenMetrics-Text; Q=0.9, text/plain;q=0.2", "openMetrics"],
  ["application/openmetrics-text;q=high", "prometheus"],
])("a scraper that accepts %s gets %s", (accept, format) => {
  expect(formatFor(accept)).toBe(format);
});
