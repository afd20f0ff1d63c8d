/** Renders a comparison for the terminal. */
import picocolors from "picocolors";
import { formatAmount } from "../base/units.ts";
import { formatValue } from "../results/format-value.ts";
import { alignColumns, type Cell, type Colors, wrap } from "../results/text/text-table.ts";
import type { Comparison, MetricTest } from "./compare.ts";
import { smallestPOf } from "./judge.ts";

interface Look {
  readonly color: boolean;
  readonly width: number;
}

/** Renders unlike conditions first, then the verdict and its reasons, then every metric; ends in a newline. */
export function renderComparison(comparison: Comparison, { color, width }: Look): string {
  const colors = picocolors.createColors(color);
  const { unlike, verdict, reasons, notes, tests, alpha } = comparison;
  const sides = sidesText(comparison);
  const paint = { pass: colors.green, fail: colors.red, inconclusive: colors.yellow }[verdict];
  const lines = [
    ...warningOf(unlike, colors, width),
    `${colors.bold(paint(verdict.toUpperCase()))}  ${sides}`,
    ...reasons.flatMap((reason) => bullet(reason, width)),
    ...notes.flatMap((note) => bullet(note, width)),
  ];
  for (const scope of new Set(tests.map((test) => test.scope))) {
    const rows = tests
      .filter((test) => test.scope === scope)
      .map((test) => rowOf(test, comparison, colors));
    lines.push(
      "",
      colors.bold(scope),
      ...alignColumns([headOf(alpha, colors), ...rows], new Set([2, 3, 4, 5, 6, 7])),
    );
  }
  const rule = ruleText(comparison);
  if (tests.length > 0) lines.push("", ...wrap(rule, width, "").map(colors.dim));
  return `${lines.join("\n")}\n`;
}

/** "10 new runs against 10 of the baseline", or "10 pairs of runs, new against baseline". */
export function sidesText({ design, baseline, new: changed }: Comparison): string {
  const used = (runs: Comparison["new"]) => runs.filter((run) => run.used).length;
  return design === "paired"
    ? `${formatAmount(used(changed), "pair")} of runs, new against baseline`
    : `${used(changed)} new runs against ${used(baseline)} of the baseline`;
}

/** What it takes to fail, in words. */
export function ruleText({ design, alpha, tolerance, tests }: Comparison): string {
  const counted = tests.filter(({ tested }) => tested !== null).length;
  const test = design === "paired" ? "Wilcoxon's test of pairs" : "Mann-Whitney";
  return (
    `fail: p < ${alpha} (${test}, exact; Holm over ${counted} tests) ` +
    `and worse by more than ${percentText(tolerance)}, or the noise floor, at the interval's near end`
  );
}

function warningOf(unlike: readonly string[], colors: Colors, width: number): string[] {
  if (unlike.length === 0) return [];
  return [
    colors.bold(colors.red("UNLIKE CONDITIONS: these may explain the difference, not the servers")),
    ...unlike.flatMap((part) => bullet(part, width)),
    "",
  ];
}

function bullet(text: string, width: number): string[] {
  const [first, ...more] = wrap(text, width - 4, "");
  return [`  - ${first}`, ...more.map((line) => `    ${line}`)];
}

/** "95 % interval" */
export function intervalHead(alpha: number): string {
  return `${Number((100 * (1 - alpha)).toPrecision(3))} % interval`;
}

/** How many runs a metric was measured in: "10 / 10", the baseline's first. */
export function runsOf({ baseline, new: changed }: MetricTest): string {
  return [baseline, changed]
    .map((side) => side.filter((value) => value !== null).length)
    .join(" / ");
}

/** A metric's figures in one line, for what has no columns. */
export function changeSentence(test: MetricTest, comparison: Comparison): string {
  const [, before, after, change, interval, p, floor] = cellsOf(test, comparison);
  const head = intervalHead(comparison.alpha);
  return (
    `${before} -> ${after}, ${change} (${head} ${interval}), p ${p}, noise floor ${floor}, ` +
    `runs ${runsOf(test)}: ${verdictText(test)}`
  );
}

function headOf(alpha: number, colors: Colors): Cell[] {
  const titles = [
    "",
    "metric",
    "baseline",
    "new",
    "change",
    intervalHead(alpha),
    "p",
    "noise floor",
    "verdict",
  ];
  return titles.map((text) => ({ text, style: colors.dim }));
}

function rowOf(test: MetricTest, comparison: Comparison, colors: Colors): (Cell | string)[] {
  const [name, ...figures] = cellsOf(test, comparison);
  const verdict = verdictText(test);
  return ["", name as string, ...figures, { text: verdict, style: styleOf(test, colors) }];
}

/** Name, medians, change, interval, p and noise floor of a metric, for people; "-" where there is none. */
export function cellsOf(test: MetricTest, { design, alpha }: Comparison): string[] {
  const { name, unit, medians, tested } = test;
  const values = [medians.baseline, medians.new].map((value) => formatValue(value, unit));
  if (tested === null) return [name, ...values, "-", "-", "-", "-"];
  const { ratio, low, high, correctedP, noiseFloor } = tested;
  const runs = Math.min(test.baseline.length, test.new.length);
  const hasInterval =
    design === "paired" ? smallestPOf(runs, runs, design) <= alpha : runs >= leastForInterval;
  return [
    name,
    ...values,
    changeText(ratio),
    hasInterval ? `${changeText(low)} .. ${changeText(high)}` : "-",
    correctedP < 0.001 ? "<0.001" : correctedP.toFixed(3),
    noiseFloor === null ? "-" : percentText(noiseFloor),
  ];
}

/** Fewer independent runs do not show their scatter well enough for an interval. */
const leastForInterval = 3;

/** The verdict on a metric, and in which direction it went: "FAIL: larger". */
export function verdictText({ verdict, better, tested }: MetricTest): string {
  if (tested === null) return "no data";
  const isUp = tested.ratio > 1;
  const how = better === "higher" ? (isUp ? "higher" : "lower") : isUp ? "larger" : "smaller";
  if (verdict === "fail") return `FAIL: ${how}`;
  return verdict === "improved" ? `improved: ${how}` : verdict;
}

function styleOf({ verdict, tested }: MetricTest, colors: Colors): (text: string) => string {
  if (tested === null) return (text) => text;
  if (verdict === "fail") return colors.red;
  return verdict === "inconclusive" ? colors.yellow : colors.green;
}

/** Formats a change: "+10.3 %", or a factor from a tenth or ten times on. */
function changeText(ratio: number): string {
  if (ratio >= 10 || ratio <= 0.1) return `x ${Number(ratio.toPrecision(2))}`;
  const percent = 100 * (ratio - 1);
  const text = percent.toFixed(Math.abs(percent) < 9.95 ? 1 : 0);
  const zero = /^-?0\.0$/.test(text);
  return `${zero ? "" : percent > 0 ? "+" : ""}${zero ? "0.0" : text} %`;
}

/** Formats a ratio with two digits: "1.2 %", "12 %", "0.05 %". */
export function percentText(ratio: number): string {
  return `${Number((100 * ratio).toPrecision(2))} %`;
}
