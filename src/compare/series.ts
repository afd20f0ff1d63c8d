/** Summarises several runs of one scenario. */
import { mean, median, sampleStandardDeviation } from "simple-statistics";
import { evaluateGate, type MetricValues } from "../gates/evaluate.ts";
import type { Gate } from "../gates/gate.ts";
import type { MetricRef } from "../gates/metric.ts";
import type { BaselineResult } from "../results/baseline-result.ts";
import { formatValue } from "../results/format-value.ts";
import type { GateOutcome, Outcome, RunResult } from "../results/result.ts";
import { defaultMetrics } from "../results/series/main-metrics.ts";
import { resultValues } from "../results/series/result-values.ts";
import type { SeriesResult, Spread } from "../results/series/series.ts";

export interface SeriesRun {
  /** File name, in the folder of the summary. */
  readonly file: string;
  readonly result: RunResult;
}

export interface SeriesInput {
  /** At least one. */
  readonly runs: readonly SeriesRun[];
  readonly repeat: number;
  /** The user stopped the series. */
  readonly interrupted: boolean;
  /** Gates that compare with the baseline, by which single runs were not judged. */
  readonly gates: readonly { readonly gate: Gate; readonly line: number }[];
  readonly baseline: readonly BaselineResult[];
}

/** From the best to the worst. */
const order = ["pass", "invalid", "fail", "interrupted"] as const satisfies readonly Outcome[];

/** Returns the summary of a series; its outcome is the worst of its runs and gates. */
export function summariseSeries(input: SeriesInput): SeriesResult {
  const { runs, repeat, interrupted, gates, baseline } = input;
  const [first] = runs;
  if (first === undefined) throw new Error("a series without runs has no summary");
  const { tool, scenario, host } = first.result;
  const good = runs
    .map(({ result }) => result)
    .filter(({ run }) => run.outcome === "pass" || run.outcome === "fail")
    .filter(({ run }) => run.abortedBy === null);
  const values = mediansOf(good.map(resultValues));
  const judged = gates.map(({ gate, line }): GateOutcome => {
    const earlier = baseline.map((result) => result.values);
    return { ...evaluateGate(gate, { ...values, windows: () => [] }, earlier), line };
  });
  const failed = judged.filter(({ verdict }) => verdict === "fail");
  const noData = judged.filter(({ verdict }) => verdict === "noData");
  const outcomes = [
    ...runs.map(({ result }) => result.run.outcome),
    ...(failed.length > 0 ? (["fail"] as const) : []),
    ...(noData.length > 0 || runs.length < repeat ? (["invalid"] as const) : []),
    ...(interrupted ? (["interrupted"] as const) : []),
  ];
  const worst = order.findLast((outcome) => outcomes.includes(outcome)) ?? "pass";
  return {
    schemaVersion: 1,
    kind: "series",
    tool,
    scenario: { name: scenario.name, file: scenario.file, sha256: scenario.sha256 },
    host,
    startedAt: first.result.run.startedAt,
    repeat,
    runs: runs.map(({ file, result: { run } }) => {
      return { file, startedAt: run.startedAt, outcome: run.outcome };
    }),
    outcome: worst,
    reasons: [
      ...runs.flatMap(({ result: { run } }, index) =>
        run.reasons.map((reason) => `run ${index + 1}: ${reason}`),
      ),
      ...failed.map(({ expression, actual, unit }) => {
        return `gate failed: ${expression} (the median was ${formatValue(actual, unit)})`;
      }),
      ...noData.map(({ expression, actual }) => {
        const who = actual === null ? "no valid run has this metric" : "its limit has no data";
        return `gate without data: ${expression}; ${who}`;
      }),
      ...(runs.length < repeat ? [`only ${runs.length} of ${repeat} runs were made`] : []),
    ],
    workloads: spreadsOf(good),
    gates: judged,
    baseline: baseline.map(({ path }) => path),
  };
}

/** Returns every metric as its median over the runs that have it. */
function mediansOf(runs: readonly MetricValues[]): MetricValues {
  return {
    value(metric: MetricRef) {
      const known = runs.map((run) => run.value(metric)).filter((value) => value !== null);
      return known.length === 0 ? null : median(known);
    },
  };
}

function spreadsOf(results: readonly RunResult[]): SeriesResult["workloads"] {
  const workloads: Record<string, Record<string, Spread>> = {};
  for (const { scope, name, ref, unit } of defaultMetrics(results)) {
    const values = results
      .map((result) => resultValues(result).value(ref))
      .filter((value) => value !== null);
    if (values.length === 0) continue;
    const metrics = workloads[scope] ?? {};
    workloads[scope] = metrics;
    const average = mean(values);
    metrics[name] = {
      unit,
      median: median(values),
      min: Math.min(...values),
      max: Math.max(...values),
      variation:
        values.length < 2 || average === 0 ? null : sampleStandardDeviation(values) / average,
      values,
    };
  }
  return workloads;
}
