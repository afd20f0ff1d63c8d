import picocolors from "picocolors";
import { formatValue } from "../results/format-value.ts";
import type { SeriesResult } from "../results/series/series.ts";
import { alignColumns, wrap } from "../results/text/text-table.ts";
import { percentText } from "./text.ts";

/** Renders the summary of a series for the terminal; ends in a newline. */
export function renderSeries(
  series: SeriesResult,
  { color, width }: { readonly color: boolean; readonly width: number },
): string {
  const colors = picocolors.createColors(color);
  const { scenario, runs, repeat, outcome, reasons, gates } = series;
  const made = runs.length < repeat ? `${runs.length} of ${repeat} runs` : `${repeat} runs`;
  const counts = ["pass", "fail", "invalid", "interrupted"]
    .map((name) => [name, runs.filter((run) => run.outcome === name).length] as const)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`);
  const style = { pass: colors.green, fail: colors.red, invalid: colors.magenta };
  const paint = outcome === "interrupted" ? colors.yellow : style[outcome];
  const lines = [
    `${colors.bold(paint(outcome.toUpperCase()))}  ${colors.bold(scenario.name)}: ${made}, ${counts.join(", ")}`,
    ...reasons.flatMap((reason) => {
      const [first, ...more] = wrap(reason, width - 4, "");
      return [`  - ${first}`, ...more.map((line) => `    ${line}`)];
    }),
  ];
  const head = ["", "metric", "median", "lowest", "highest", "variation"].map((text) => ({
    text,
    style: colors.dim,
  }));
  for (const [name, metrics] of Object.entries(series.workloads)) {
    const rows = Object.entries(metrics).map(([metric, { unit, median, min, max, variation }]) => [
      "",
      metric,
      ...[median, min, max].map((value) => formatValue(value, unit)),
      variation === null ? "-" : percentText(variation),
    ]);
    lines.push("", colors.bold(name), ...alignColumns([head, ...rows], new Set([2, 3, 4, 5])));
  }
  if (gates.length > 0) {
    const rows = gates.map(({ expression, actual, limit, unit, verdict }) => [
      "",
      verdict === "pass" ? colors.green("pass") : colors.red(verdict),
      expression,
      `median ${formatValue(actual, unit)}`,
      `limit ${formatValue(limit, unit)}`,
    ]);
    lines.push("", `${colors.bold("gates")} over the medians`, ...alignColumns(rows));
  }
  return `${lines.join("\n")}\n`;
}
