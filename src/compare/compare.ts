/** Compares the results of two sides and decides whether the new one is worse. */
import { median } from "simple-statistics";
import { createRandom, type Random } from "../base/random.ts";
import { scopeText } from "../gates/metric.ts";
import type { NamedResult } from "../results/files/read-all.ts";
import { fingerprintOfResult, unlikeParts } from "../results/fingerprint.ts";
import { withPartsAsWorkloads } from "../results/parts-as-workloads.ts";
import type { Outcome, RunResult, Tool } from "../results/result.ts";
import {
  type ComparedMetric,
  defaultMetrics,
  namedMetrics,
} from "../results/series/main-metrics.ts";
import { resultValues } from "../results/series/result-values.ts";
import { unlikeScenarios } from "../results/series/unlike-scenarios.ts";
import { blockFigureOf, blocksOf, drawFigures } from "./blocks.ts";
import { canFail, leastRuns, type TestVerdict } from "./judge.ts";
import { missingReplies, unlikeWorkloads } from "./notes.ts";
import { holm, smallestP } from "./rank-test.ts";
import { conclude, measure, type Rules, type Sample, type Tested } from "./test-metric.ts";

export interface ComparisonOptions extends Rules {
  readonly tool: Tool;
  /** As `--metrics`; null: the defaults of each workload's pattern. */
  readonly metrics: readonly string[] | null;
  /** Seed of the bootstrap: the same comparison gives the same interval. */
  readonly seed: number;
}

export type ComparisonVerdict = "pass" | "fail" | "inconclusive";

export interface Comparison {
  readonly schemaVersion: 1;
  readonly kind: "comparison";
  readonly tool: Tool;
  readonly alpha: number;
  readonly tolerance: number;
  readonly seed: number;
  readonly verdict: ComparisonVerdict;
  /** Reasons for the verdict, as text. */
  readonly reasons: readonly string[];
  /** Differences of hosts or scenarios, which may explain a change instead of the servers. */
  readonly unlike: readonly string[];
  readonly notes: readonly string[];
  readonly baseline: readonly ComparedRun[];
  readonly new: readonly ComparedRun[];
  readonly tests: readonly MetricTest[];
}

export interface ComparedRun {
  readonly file: string;
  readonly startedAt: string;
  readonly outcome: Outcome;
  /** Invalid and interrupted runs are not used. */
  readonly used: boolean;
}

export interface MetricTest extends Omit<ComparedMetric, "ref"> {
  /** The figure of each used run, in their order; null where a run has none. */
  readonly baseline: readonly (number | null)[];
  readonly new: readonly (number | null)[];
  readonly medians: { readonly baseline: number | null; readonly new: number | null };
  /** Null where a run has no figure: nothing was tested. */
  readonly tested: Tested | null;
  readonly verdict: TestVerdict;
}

/**
 * Compares two sides.
 *
 * @param baseline at least one; `changed` likewise
 * @throws         UserError for a metric that is unknown or cannot be compared
 * @cost           some 30 ms for a run of a minute, and for a metric with 6 runs a side
 */
export function compareResults(
  baseline: readonly NamedResult[],
  changed: readonly NamedResult[],
  options: ComparisonOptions,
): Comparison {
  const { tool, alpha, tolerance, seed } = options;
  const [left, right] = [baseline.filter(isUsed), changed.filter(isUsed)];
  const results = [...left, ...right].map(({ result }) => result);
  const metrics =
    options.metrics === null ? defaultMetrics(results) : namedMetrics(options.metrics, results);
  const tests =
    left.length === 0 || right.length === 0 ? [] : testAll(left, right, metrics, options);
  return {
    schemaVersion: 1,
    kind: "comparison",
    tool,
    alpha,
    tolerance,
    seed,
    ...verdictOf(tests, [left.length, right.length], options),
    unlike: unlikeOf(baseline, changed),
    notes: notesOf(baseline, changed),
    baseline: baseline.map(runOf),
    new: changed.map(runOf),
    tests,
  };
}

/** A run that a gate ended early is shorter than the others, and its figures are of its beginning. */
function isUsed({ result: { run } }: NamedResult): boolean {
  return (run.outcome === "pass" || run.outcome === "fail") && run.abortedBy === null;
}

function runOf(named: NamedResult): ComparedRun {
  const { path, result } = named;
  const { startedAt, outcome } = result.run;
  return { file: path, startedAt, outcome, used: isUsed(named) };
}

const draws = 100;

function testAll(
  left: readonly NamedResult[],
  right: readonly NamedResult[],
  metrics: readonly ComparedMetric[],
  options: ComparisonOptions,
): MetricTest[] {
  const random = createRandom(options.seed);
  const samplesOf = (side: readonly NamedResult[]) => {
    const runs = side.map(({ result }) => samplesOfRun(result, metrics, random));
    return metrics.map((_, index) => runs.map((run) => run[index] as Sample | null));
  };
  const [before, after] = [samplesOf(left), samplesOf(right)];
  const measured = metrics.map((_, index) => {
    const [a, b] = [known(before[index] ?? []), known(after[index] ?? [])];
    return a === null || b === null ? null : measure(a, b, options, random);
  });
  const ps = measured.flatMap((of) => (of === null ? [] : [of.p]));
  const corrected = holm(ps);
  const runs = Math.min(left.length, right.length);
  const isDecidable = canFail(left.length, right.length, ps.length, options.alpha);
  let next = 0;
  return metrics.map((metric, index): MetricTest => {
    const of = measured[index] ?? null;
    const tested =
      of === null
        ? null
        : conclude(of, corrected[next++] ?? 1, metric.better, options, runs, ps.length);
    const { scope, name, unit, better } = metric;
    const values = [before, after].map((side) => {
      return (side[index] ?? []).map((sample) => sample?.value ?? null);
    }) as [(number | null)[], (number | null)[]];
    return {
      scope,
      name,
      unit,
      better,
      baseline: values[0],
      new: values[1],
      medians: { baseline: medianOf(values[0]), new: medianOf(values[1]) },
      tested,
      verdict: tested === null || !isDecidable ? "inconclusive" : tested.verdict,
    };
  });
}

function medianOf(values: readonly (number | null)[]): number | null {
  const there = values.filter((value) => value !== null);
  return there.length === 0 ? null : median(there);
}

function known(samples: readonly (Sample | null)[]): Sample[] | null {
  const there = samples.filter((sample) => sample !== null);
  return there.length < samples.length ? null : there;
}

/** Returns a run's figure of every metric, with draws of its seconds where these are known. */
function samplesOfRun(
  result: RunResult,
  metrics: readonly ComparedMetric[],
  random: Random,
): (Sample | null)[] {
  const values = resultValues(result);
  const drawn = new Map<ComparedMetric, readonly number[]>();
  for (const [name, workload] of withPartsAsWorkloads(result.workloads)) {
    const known = metrics.flatMap((metric) => {
      const { ref } = metric;
      const isOfIt = ref.of !== "server" && scopeText(ref) === name;
      const figure = isOfIt ? blockFigureOf(metric) : null;
      return figure === null ? [] : [{ metric, figure }];
    });
    const blocks = known.length === 0 ? null : blocksOf(workload);
    if (blocks === null) continue;
    const figures = known.map(({ figure }) => figure);
    const rows = drawFigures(blocks, figures, draws, random);
    for (const [index, { metric }] of known.entries()) {
      drawn.set(
        metric,
        (rows[index] ?? []).filter((value) => value !== null),
      );
    }
  }
  return metrics.map((metric) => {
    const value = values.value(metric.ref);
    return value === null ? null : { value, draws: drawn.get(metric) ?? null };
  });
}

function verdictOf(
  tests: readonly MetricTest[],
  [n, m]: readonly [number, number],
  { alpha }: Rules,
): Pick<Comparison, "verdict" | "reasons"> {
  const of = (verdict: TestVerdict) => tests.filter((test) => test.verdict === verdict);
  const name = ({ scope, name: metric }: MetricTest) => `${scope}.${metric}`;
  const failed = of("fail").map((test) => `${name(test)} is worse`);
  if (failed.length > 0) return { verdict: "fail", reasons: failed };
  const counted = tests.filter(({ tested }) => tested !== null).length;
  if (tests.length === 0) {
    return { verdict: "inconclusive", reasons: ["nothing can be compared"] };
  }
  if (counted > 0 && !canFail(n, m, counted, alpha)) {
    return {
      verdict: "inconclusive",
      reasons: [
        `too few runs: with ${n} against ${m} not even a server that is ten times slower can be distinguished from chance ` +
          `(the smallest p is ${smallestP(n, m).toPrecision(2)}, and ${counted} tests share alpha ${alpha}); make at least ${leastRuns(counted, alpha)} runs per side`,
      ],
    };
  }
  const open = of("inconclusive");
  const reasons = open.map((test) => `${name(test)}: ${openReason(test)}`);
  return { verdict: open.length > 0 ? "inconclusive" : "pass", reasons };
}

function openReason({ tested }: MetricTest): string {
  if (tested === null) return "not every run has this metric";
  const { runsToDecide } = tested;
  return runsToDecide === null
    ? "not even 200 runs per side would decide: the runs differ too much, or the change is about as large as the tolerance; use a quieter machine, longer runs, or another tolerance"
    : `not enough evidence; about ${runsToDecide} runs per side would likely decide`;
}

function unlikeOf(
  baseline: readonly NamedResult[],
  changed: readonly NamedResult[],
): readonly string[] {
  const prints = (side: readonly NamedResult[]) =>
    side.map(({ result }) => fingerprintOfResult(result));
  const [first] = baseline;
  const scenarios = [...baseline, ...changed].flatMap(({ result }) => {
    if (first === undefined) return [];
    const [a, b] = [first.result.scenario, result.scenario];
    const named = a.name === b.name ? [] : [`scenario: ${a.name} against ${b.name}`];
    return [
      ...named,
      ...unlikeWorkloads(a.resolved, b.resolved),
      ...unlikeScenarios(a.resolved, b.resolved),
    ];
  });
  return [...unlikeParts(prints(baseline), prints(changed)), ...new Set(scenarios)];
}

function notesOf(
  baseline: readonly NamedResult[],
  changed: readonly NamedResult[],
): readonly string[] {
  const all = [...baseline, ...changed];
  const [first] = all;
  const leftOut = all
    .filter((named) => !isUsed(named))
    .map(({ path, result: { run } }) => {
      const why =
        run.abortedBy === null
          ? `is ${run.outcome}`
          : `was ended early by gate ${run.abortedBy.gate}`;
      return `${path} is not used: the run ${why}`;
    });
  const files = all.some(({ result }) => result.scenario.sha256 !== first?.result.scenario.sha256)
    ? ["the scenario files are not identical"]
    : [];
  return [...leftOut, ...files, ...missingReplies(baseline.filter(isUsed), changed.filter(isUsed))];
}
