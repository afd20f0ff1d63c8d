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
  type NamedMetric,
  namedMetrics,
} from "../results/series/main-metrics.ts";
import { resultValues } from "../results/series/result-values.ts";
import { unlikeScenarios } from "../results/series/unlike-scenarios.ts";
import { blockFigureOf, blocksOf, drawFigures } from "./blocks.ts";
import { canFail, leastRuns, smallestPOf, type TestVerdict } from "./judge.ts";
import { missingReplies, unlikeWorkloads } from "./notes.ts";
import type { Design } from "./pairs.ts";
import { holm } from "./rank-test.ts";
import {
  conclude,
  type Measured,
  measure,
  measurePaired,
  type Rules,
  type Sample,
  type Tested,
} from "./test-metric.ts";

export interface ComparisonOptions extends Rules {
  readonly tool: Tool;
  /** As `--metrics`; null: the defaults of each workload's pattern. */
  readonly metrics: readonly string[] | null;
  /** Seed of all that is drawn: the same comparison gives the same interval and noise floor. */
  readonly seed: number;
  /** "paired": run i of one side was made next to run i of the other, in the order of `turns`. Default: "independent". */
  readonly design?: Design;
}

export type ComparisonVerdict = "pass" | "fail" | "inconclusive";

/** Two sides, compared: the evidence and the verdict. */
export interface Comparison {
  /** Fields may be added under the same version. */
  readonly schemaVersion: 1;
  /** What this is, for who reads it from a file. */
  readonly kind: "comparison";
  /** What wrote it. */
  readonly tool: Tool;
  /** As in the options. */
  readonly alpha: number;
  /** As in the options: 0.1 is 10 %. */
  readonly tolerance: number;
  /** Of all that was drawn at random. */
  readonly seed: number;
  /** How it was tested: by Mann-Whitney's test of two series, or by Wilcoxon's test within the pairs of `slash8 ab`. */
  readonly design: Design;
  /** "fail": at least one metric is worse; "inconclusive": none is, but one could be. */
  readonly verdict: ComparisonVerdict;
  /** Reasons for the verdict, as text. */
  readonly reasons: readonly string[];
  /** Differences of hosts or scenarios, which may explain a change instead of the servers. */
  readonly unlike: readonly string[];
  /** What else is to be known, for people. */
  readonly notes: readonly string[];
  /** The runs of the baseline. */
  readonly baseline: readonly ComparedRun[];
  /** The new runs. */
  readonly new: readonly ComparedRun[];
  /** Each metric of each workload that was compared. */
  readonly tests: readonly MetricTest[];
}

export interface ComparedRun {
  readonly file: string;
  readonly startedAt: string;
  readonly outcome: Outcome;
  /** Invalid and interrupted runs are not used; of pairs, neither is the other run. */
  readonly used: boolean;
}

/** One metric, compared. */
export interface MetricTest extends NamedMetric {
  /** The figure of each used run, in their order; null where a run has none. */
  readonly baseline: readonly (number | null)[];
  /** As of the baseline. */
  readonly new: readonly (number | null)[];
  /** Of the used runs of each side; null where one has no figure. */
  readonly medians: { readonly baseline: number | null; readonly new: number | null };
  /** Null where a run has no figure: nothing was tested. */
  readonly tested: Tested | null;
  /** "fail": worse; "improved": better; "inconclusive": too few runs, or too much scatter, to say. */
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
  const { tool, alpha, tolerance, seed, design = "independent" } = options;
  const used = usedRuns(baseline, changed, design);
  const [left, right] = [baseline.filter(used), changed.filter(used)];
  const results = [...left, ...right].map(({ result }) => result);
  const metrics =
    options.metrics === null ? defaultMetrics(results) : namedMetrics(options.metrics, results);
  const sides = design === "paired" ? [baseline, changed] : [left, right];
  const tests =
    left.length === 0 || right.length === 0
      ? []
      : testAll(sides as [NamedResult[], NamedResult[]], used, metrics, options);
  return {
    schemaVersion: 1,
    kind: "comparison",
    tool,
    alpha,
    tolerance,
    seed,
    design,
    ...verdictOf(tests, [left.length, right.length], { ...options, design }),
    unlike: unlikeOf(baseline, changed),
    notes: [...notesOf(baseline, changed, used), ...missingReplies(left, right)],
    baseline: baseline.map((run) => runOf(run, used)),
    new: changed.map((run) => runOf(run, used)),
    tests,
  };
}

type IsUsed = (named: NamedResult) => boolean;

/** Returns which runs are used: of pairs, those of which both runs are. */
function usedRuns(
  baseline: readonly NamedResult[],
  changed: readonly NamedResult[],
  design: Design,
): IsUsed {
  if (design === "independent") return isUsable;
  const both = baseline.flatMap((left, pair) => {
    const right = changed[pair];
    return right !== undefined && isUsable(left) && isUsable(right) ? [left, right] : [];
  });
  const used = new Set(both);
  return (named) => used.has(named);
}

/** A run that a gate ended early is shorter than the others, and its figures are of its beginning. */
function isUsable({ result: { run } }: NamedResult): boolean {
  return (run.outcome === "pass" || run.outcome === "fail") && run.abortedBy === null;
}

function runOf(named: NamedResult, used: IsUsed): ComparedRun {
  const { path, result } = named;
  const { startedAt, outcome } = result.run;
  return { file: path, startedAt, outcome, used: used(named) };
}

const draws = 100;

/** @param sides by run; of pairs also those that are not used, as neighbours in time are compared, too */
function testAll(
  sides: readonly [readonly NamedResult[], readonly NamedResult[]],
  used: IsUsed,
  metrics: readonly ComparedMetric[],
  options: ComparisonOptions,
): MetricTest[] {
  const { alpha, design = "independent" } = options;
  const random = createRandom(options.seed);
  const none = metrics.map(() => null);
  const [before, after] = sides.map((side) => {
    const runs = side.map((run) =>
      used(run) ? samplesOfRun(run.result, metrics, random, design === "independent") : none,
    );
    return metrics.map((_, index) => runs.map((run) => run[index] as Sample | null));
  }) as [(Sample | null)[][], (Sample | null)[][]];
  const [n, m] = sides.map((side) => side.filter(used).length) as [number, number];
  const measured = metrics.map((_, index): Measured | null => {
    const both = [before[index] ?? [], after[index] ?? []] as const;
    const [a, b] = both.map((side) => side.filter((sample) => sample !== null));
    if (a === undefined || b === undefined || a.length < n || b.length < m) return null;
    return design === "paired"
      ? measurePaired(...both, options, random)
      : measure(a, b, options, random);
  });
  const ps = measured.flatMap((of) => (of === null ? [] : [of.p]));
  const corrected = holm(ps);
  const isDecidable = canFail(n, m, ps.length, alpha, design);
  let next = 0;
  return metrics.map((metric, index): MetricTest => {
    const of = measured[index] ?? null;
    const { scope, name, unit, better } = metric;
    const tested =
      of === null
        ? null
        : conclude(of, corrected[next++] ?? 1, better, options, Math.min(n, m), ps.length, design);
    const [old, fresh] = sides.map((side, which) =>
      side.flatMap((run, at) => {
        const sample = (which === 0 ? before : after)[index]?.[at] ?? null;
        return used(run) ? [sample?.value ?? null] : [];
      }),
    ) as [(number | null)[], (number | null)[]];
    return {
      scope,
      name,
      unit,
      better,
      baseline: old,
      new: fresh,
      medians: { baseline: medianOf(old), new: medianOf(fresh) },
      tested,
      verdict: tested === null || !isDecidable ? "inconclusive" : tested.verdict,
    };
  });
}

function medianOf(values: readonly (number | null)[]): number | null {
  const there = values.filter((value) => value !== null);
  return there.length === 0 ? null : median(there);
}

/** Returns a run's figure of every metric, with draws of its seconds where these are known and wanted. */
function samplesOfRun(
  result: RunResult,
  metrics: readonly ComparedMetric[],
  random: Random,
  withDraws: boolean,
): (Sample | null)[] {
  const values = resultValues(result);
  const drawn = new Map<ComparedMetric, readonly number[]>();
  for (const [name, workload] of withDraws ? withPartsAsWorkloads(result.workloads) : []) {
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
  { alpha, design }: Rules & { readonly design: Design },
): Pick<Comparison, "verdict" | "reasons"> {
  const of = (verdict: TestVerdict) => tests.filter((test) => test.verdict === verdict);
  const name = ({ scope, name: metric }: MetricTest) => `${scope}.${metric}`;
  const failed = of("fail").map((test) => `${name(test)} is worse`);
  if (failed.length > 0) return { verdict: "fail", reasons: failed };
  const counted = tests.filter(({ tested }) => tested !== null).length;
  if (tests.length === 0) {
    return { verdict: "inconclusive", reasons: ["nothing can be compared"] };
  }
  if (counted > 0 && !canFail(n, m, counted, alpha, design)) {
    const [what, made, each] =
      design === "paired"
        ? ["pairs", `${n} of them`, "pairs"]
        : ["runs", `${n} against ${m}`, "runs per side"];
    return {
      verdict: "inconclusive",
      reasons: [
        `too few ${what}: with ${made} not even a server that is ten times slower can be distinguished from chance ` +
          `(the smallest p is ${smallestPOf(n, m, design).toPrecision(2)}, and ${counted} tests share alpha ${alpha}); make at least ${leastRuns(counted, alpha, design)} ${each}`,
      ],
    };
  }
  const open = of("inconclusive");
  const reasons = open.map((test) => `${name(test)}: ${openReason(test, design)}`);
  return { verdict: open.length > 0 ? "inconclusive" : "pass", reasons };
}

function openReason({ tested }: MetricTest, design: Design): string {
  if (tested === null) return "not every run has this metric";
  const { runsToDecide } = tested;
  const what = design === "paired" ? "pairs" : "runs per side";
  return runsToDecide === null
    ? `not even 200 ${what} would decide: the runs differ too much, or the change is about as large as the tolerance; use a quieter machine, longer runs, or another tolerance`
    : `not enough evidence; about ${runsToDecide} ${what} would likely decide`;
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
  used: IsUsed,
): readonly string[] {
  const all = [...baseline, ...changed];
  const [first] = all;
  const leftOut = all
    .filter((named) => !used(named))
    .map((named) => `${named.path} is not used: ${whyNotUsed(named)}`);
  const files = all.some(({ result }) => result.scenario.sha256 !== first?.result.scenario.sha256)
    ? ["the scenario files are not identical"]
    : [];
  return [...leftOut, ...files];
}

function whyNotUsed(named: NamedResult): string {
  if (isUsable(named)) return "the other run of its pair is not, or was not made";
  const { abortedBy, outcome } = named.result.run;
  return abortedBy === null
    ? `the run is ${outcome}`
    : `the run was ended early by gate ${abortedBy.gate}`;
}
