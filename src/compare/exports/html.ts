import { createHash } from "node:crypto";
import type { Comparison, MetricTest } from "../compare.ts";
import { cellsOf, intervalHead, ruleText, runsOf, sidesText, verdictText } from "../text.ts";

/** What the report's own style does not have: the intervals. */
const ownStyle = `
.table .interval svg { display: block; width: 220px; height: 18px; }
.interval .span { stroke: var(--faint); stroke-width: 2; }
.interval .fail { stroke: var(--bad); }
.interval .improved, .interval .pass { stroke: var(--good); }
.interval .inconclusive { stroke: var(--warn); }
.interval .estimate { fill: var(--ink); }
.interval .same { stroke: var(--line); stroke-width: 1; }
.interval .tolerance { fill: var(--unused); }
.badge.fail { background: var(--bad-paper); color: var(--bad); }
.badge.inconclusive { background: var(--warn-paper); color: var(--warn); }
.badge.improved { background: var(--good-paper); color: var(--good); }
`;

/**
 * Renders a comparison as one self-contained HTML page without a script: unlike conditions, the verdict and its
 * reasons, and every metric with its interval drawn around "no change".
 *
 * @param style of the report's pages
 */
export function renderComparisonHtml(comparison: Comparison, style: string): string {
  const { verdict, unlike, reasons, notes, tests, tool } = comparison;
  const css = `${style}${ownStyle}`;
  const hash = createHash("sha256").update(css).digest("base64");
  const list = (items: readonly string[], name: string) =>
    items.length === 0
      ? ""
      : `<ul class="${name}">${items.map((item) => `<li>${escaped(item)}</li>`).join("")}</ul>`;
  const scopes = [...new Set(tests.map(({ scope }) => scope))];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Comparison: ${verdict}</title>
<link rel="icon" href="data:,">
<style>${css}</style>
</head>
<body>
<main>
<h1>Comparison</h1>
<div class="run">
<p class="verdict"><span class="badge ${verdict}">${verdict}</span> <span class="about">${escaped(sidesText(comparison))}</span></p>
${unlike.length === 0 ? "" : "<p><strong>Unlike conditions: these may explain the difference, not the servers</strong></p>"}
${list(unlike, "warnings")}${list([...reasons, ...notes], "reasons")}
</div>
${scopes.map((scope) => section(scope, comparison)).join("\n")}
${tests.length === 0 ? "" : `<p class="note">${escaped(ruleText(comparison))}. The shaded band is the tolerance.</p>`}
${runsTable(comparison)}
<footer>${escaped(`${tool.name} ${tool.version}`)}</footer>
</main>
</body>
</html>
`;
}

function section(scope: string, comparison: Comparison): string {
  const tests = comparison.tests.filter((test) => test.scope === scope);
  const heads = [
    ...["metric", "runs", "baseline", "new", "change", intervalHead(comparison.alpha), ""],
    ...["p", "noise floor", "verdict"],
  ];
  const reach = reachOf(comparison);
  const rows = tests.map((test) => {
    const [name, before, after, change, interval, p, floor] = cellsOf(test, comparison);
    const number = (text = "") => `<td class="number">${escaped(text)}</td>`;
    return `<tr><td class="text">${escaped(name ?? "")}</td>${[runsOf(test), before, after, change, interval].map(number).join("")}<td class="interval">${drawing(test, comparison, reach)}</td>${[p, floor].map(number).join("")}<td class="text"><span class="badge ${test.verdict}">${escaped(verdictText(test))}</span></td></tr>`;
  });
  return `<h2>${escaped(scope)}</h2>
<div class="table"><div class="scroll"><table>
<thead><tr>${heads.map((head) => `<th>${escaped(head)}</th>`).join("")}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody></table></div></div>`;
}

const width = 220;
const height = 18;

/** Half of the drawing's width as a logarithm: the same for all metrics, so that they can be compared by eye. */
function reachOf({ tests, tolerance }: Comparison): number {
  const ends = tests.flatMap(({ tested }) => (tested === null ? [] : [tested.low, tested.high]));
  const farthest = Math.max(...ends.map((end) => Math.abs(Math.log(end))), 0);
  return Math.min(Math.log(10), Math.max(farthest, 2 * Math.log1p(tolerance), 0.01));
}

function drawing(
  { tested, verdict, better }: MetricTest,
  { tolerance }: Comparison,
  reach: number,
): string {
  if (tested === null) return "";
  const at = (logarithm: number) => {
    const inside = Math.max(-1, Math.min(1, logarithm / reach));
    return Number(((width / 2) * (1 + 0.96 * inside)).toFixed(1));
  };
  const middle = height / 2;
  const edge = Math.log1p(tolerance) * (better === "lower" ? 1 : -1);
  const [from, to] = [at(0), at(edge)].sort((a, b) => a - b) as [number, number];
  const [low, high] = [at(Math.log(tested.low)), at(Math.log(tested.high))];
  return (
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="the interval of the change">` +
    `<rect class="tolerance" x="${from}" y="0" width="${(to - from).toFixed(1)}" height="${height}"/>` +
    `<line class="same" x1="${at(0)}" y1="0" x2="${at(0)}" y2="${height}"/>` +
    `<line class="span ${verdict}" x1="${low}" y1="${middle}" x2="${high}" y2="${middle}"/>` +
    `<circle class="estimate" cx="${at(Math.log(tested.ratio))}" cy="${middle}" r="3.5"/></svg>`
  );
}

function runsTable({ baseline, new: changed }: Comparison): string {
  const row = (side: string) => (run: Comparison["new"][number]) =>
    `<tr><td class="text">${side}</td>${[run.file, run.startedAt, run.outcome, run.used ? "yes" : "no"].map((text) => `<td class="text">${escaped(text)}</td>`).join("")}</tr>`;
  return `<details><summary><h4>Runs</h4></summary>
<div class="table"><div class="scroll"><table>
<thead><tr><th>side</th><th>file</th><th>started</th><th>outcome</th><th>used</th></tr></thead>
<tbody>
${[...baseline.map(row("baseline")), ...changed.map(row("new"))].join("\n")}
</tbody></table></div></div></details>`;
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
