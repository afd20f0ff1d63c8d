import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { familiesOf } from "../../src/live/families.ts";
import { prometheusText } from "../../src/live/prometheus.ts";
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
