import { withPartsAsWorkloads } from "../parts-as-workloads.ts";
import type { RunResult } from "../result.ts";
import { trendFigures } from "./trend-figures.ts";

interface Metric {
  readonly value: number;
}

/**
 * Renders figures in the Bencher Metric Format: a benchmark for each workload, part of one, and server. Measures are
 * in ns, per second and bytes. Those that every project of Bencher has are used: "latency" is the mean response time,
 * "throughput" the rate of replies.
 *
 * @see "Bencher Metric Format (BMF)": benchmark -> measure's slug -> value
 */
export function renderBencher(result: RunResult): string {
  const benchmarks = new Map<string, Map<string, Metric>>();
  const add = (scope: string, measure: string, value: number) => {
    const name = `${result.scenario.name}: ${scope}`;
    const measures = benchmarks.get(name) ?? new Map<string, Metric>();
    benchmarks.set(name, measures.set(measure, { value: Number(value.toPrecision(6)) }));
  };
  for (const [name, { responseTime }] of withPartsAsWorkloads(result.workloads)) {
    if (responseTime.mean !== null) add(name, "latency", responseTime.mean);
  }
  for (const { scope, name, value } of trendFigures(result)) add(scope, measureOf(name), value);
  const plain = Object.fromEntries(
    [...benchmarks].map(([name, measures]) => [name, Object.fromEntries(measures)]),
  );
  return `${JSON.stringify(plain, null, 2)}\n`;
}

/** A slug: "responseTime.p99" becomes "response-time-p99". */
function measureOf(name: string): string {
  if (name === "rate.receivedPerSecond") return "throughput";
  // Durations are in ns, whatever the name says.
  return name
    .replace(/^cpuSeconds$/, "cpuTime")
    .replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    .replaceAll(/[^a-z0-9-]+/g, "-");
}
