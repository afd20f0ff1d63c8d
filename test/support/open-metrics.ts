import { spawnSync } from "node:child_process";

/** The reference parser of OpenMetrics, which is strict: of Python's prometheus_client. */
const script = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
print(json.dumps([
  {"name": f.name, "type": f.type, "unit": f.unit, "samples": len(f.samples)}
  for f in text_string_to_metric_families(sys.stdin.read())
]))
`;

export const hasOpenMetricsParser: boolean =
  spawnSync("python3", ["-c", "import prometheus_client.openmetrics.parser"]).status === 0;

export interface OpenMetricsFamily {
  readonly name: string;
  readonly type: string;
  readonly unit: string;
  readonly samples: number;
}

/** @throws Error with what the parser says, where the text is not OpenMetrics */
export function parseOpenMetrics(text: string): OpenMetricsFamily[] {
  const { status, stdout, stderr } = spawnSync("python3", ["-c", script], {
    input: text,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
