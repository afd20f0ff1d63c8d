/** Renders a comparison for the terminal. */
import picocolors from "picocolors";
import { formatValue } from "../results/format-value.ts";
import { alignColumns, type Cell, type Colors, wrap } from "../results/text/text-table.ts";
import type { Comparison, MetricTest } from "./compare.ts";

interface Look {
  readonly color: boolean;
  readonly width: number;
}

/** Renders unlike conditions first, then the verdict and its reasons, then every metric; ends in a newline. */
export function renderComparison(comparison: Comparison, { color, width }: Look): string {
  const colors = picocolors.createColors(color);
  const { unlike, verdict, reasons, notes, tests, alpha, tolerance } = comparison;
  const used = (runs: Comparison["new"]) => runs.filter((run) => run.used).length;
  const sides = `${used(comparison.new)} new runs against ${used(comparison.baseline)} of the baseline`;
  const paint = { pass: colors.green, fail: colors.red, inconclusive: colors.yellow }[verdict];
  const lines = [
    ...warningOf(unlike, colors, width),
    `${colors.bold(paint(verdict.toUpperCase()))}  ${sides}`,
    ...reasons.flatMap((reason) => bullet(reason, width)),
    ...notes.flatMap((note) => bullet(note, width)),
  ];
  for (const scope of new Set(tests.map((test) => test.scope))) {
    const rows = tests.filter((test) => test.scope === scope).map((test) => rowOf(test, colors));
    lines.push(
      "",
      colors.bold(scope),
      ...alignColumns([headOf(alpha, colors), ...rows], new Set([2, 3, 4, 5, 6, 7])),
    );
  }
  const rule =
    `fail: p < ${alpha} (Mann-Whitney, exact; Holm over ${tests.filter(({ tested }) => tested !== null).length} tests) ` +
    `and worse by more than ${percentText(tolerance)}, or the noise floor, at the interval's near end`;
  if (tests.length > 0) lines.push("", ...wrap(rule, width, "").map(colors.dim));
  return `${lines.join("\n")}\n`;
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

function headOf(alpha: number, colors: Colors): Cell[] {
  const titles = [
    "",
    "metric",
    "baseline",
    "new",
    "change",
    `${Number((100 * (1 - alpha)).toPrecision(3))} % interval`,
    "p",
    "noise floor",
    "verdict",
  ];
  return titles.map((text) => ({ text, style: colors.dim }));
}

function rowOf(test: MetricTest, colors: Colors): (Cell | string)[] {
  const { name, unit, medians, tested } = test;
  const values = [medians.baseline, medians.new].map((value) => formatValue(value, unit));
  if (tested === null) return ["", name, ...values, "-", "-", "-", "-", "no data"];
  const { ratio, low, high, correctedP, noiseFloor } = tested;
  return [
    "",
    name,
    ...values,
    changeText(ratio),
    Math.min(test.baseline.length, test.new.length) < leastForInterval
      ? "-"
      : `${changeText(low)} .. ${changeText(high)}`,
    correctedP < 0.001 ? "<0.001" : correctedP.toFixed(3),
    noiseFloor === null ? "-" : percentText(noiseFloor),
    verdictCell(test, colors),
  ];
}

/** Fewer runs do not show their scatter well enough for an interval. */
const leastForInterval = 3;

function verdictCell({ verdict, better, tested }: MetricTest, colors: Colors): Cell {
  const isUp = (tested?.ratio ?? 1) > 1;
  const how = better === "higher" ? (isUp ? "higher" : "lower") : isUp ? "larger" : "smaller";
  switch (verdict) {
    case "fail":
      return { text: `FAIL: ${how}`, style: colors.red };
    case "improved":
      return { text: `improved: ${how}`, style: colors.green };
    case "pass":
      return { text: "pass", style: colors.green };
    case "inconclusive":
      return { text: "inconclusive", style: colors.yellow };
  }
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
