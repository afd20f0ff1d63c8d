import { inline, table } from "../../results/exports/markdown-text.ts";
import type { Comparison, ComparisonVerdict } from "../compare.ts";
import type { TestVerdict } from "../judge.ts";
import { cellsOf, intervalHead, ruleText, runsOf, sidesText, verdictText } from "../text.ts";

const marks: Readonly<Record<ComparisonVerdict | TestVerdict, string>> = {
  pass: "✅",
  improved: "✅",
  fail: "❌",
  inconclusive: "⚠️",
};

/** Renders a comparison in GitHub's Markdown: unlike conditions, the verdict and its reasons, every metric. */
export function renderComparisonMarkdown(comparison: Comparison): string {
  const { unlike, verdict, reasons, notes, tests, alpha } = comparison;
  const heads = ["", "metric", "runs", "baseline", "new", "change", intervalHead(alpha), "p"];
  const sections = [
    [`## ${marks[verdict]} Comparison: ${verdict}`, "", inline(sidesText(comparison))],
    unlike.length === 0
      ? []
      : [
          "**Unlike conditions: these may explain the difference, not the servers**",
          "",
          ...unlike.map((part) => `- ⚠️ ${inline(part)}`),
        ],
    [...reasons, ...notes].map((text) => `- ${inline(text)}`),
    tests.length === 0
      ? []
      : table(
          [...heads, "noise floor", "verdict"],
          tests.map((test) => {
            const [name = "", ...figures] = cellsOf(test, comparison).map(inline);
            const [before, after, ...change] = figures;
            return [
              marks[test.verdict],
              `${inline(test.scope)}.${name}`,
              runsOf(test),
              before ?? "",
              after ?? "",
              ...change,
              verdictText(test),
            ];
          }),
        ),
    tests.length === 0 ? [] : [inline(ruleText(comparison))],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}
