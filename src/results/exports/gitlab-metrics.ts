import type { RunResult } from "../result.ts";
import { type TrendFigure, trendFigures } from "./trend-figures.ts";

interface Family {
  readonly type: "summary" | "gauge";
  readonly unit: string | null;
  readonly lines: string[];
}

/**
 * Renders figures as OpenMetrics text, for GitLab's metrics reports, which show on a merge request what differs from
 * the target branch. GitLab compares texts, so values have three significant digits: more would always differ.
 *
 * @see "Metrics reports" of GitLab; OpenMetrics 1.0: "Summary", "Gauge", "UNIT", "# EOF"
 */
export function renderGitlabMetrics(result: RunResult): string {
  const families = new Map<string, Family>();
  for (const figure of trendFigures(result)) {
    const { name, type, unit, labels, value } = seriesOf(figure);
    const family = families.get(name) ?? { type, unit, lines: [] };
    const text = Object.entries({ scenario: result.scenario.name, ...labels })
      .map(([label, given]) => `${label}="${escaped(given)}"`)
      .join(",");
    family.lines.push(`${name}{${text}} ${Number(value.toPrecision(3))}`);
    families.set(name, family);
  }
  const lines = [...families].flatMap(([name, family]) => [
    `# TYPE ${name} ${family.type}`,
    ...(family.unit === null ? [] : [`# UNIT ${name} ${family.unit}`]),
    ...family.lines,
  ]);
  return `${[...lines, "# EOF"].join("\n")}\n`;
}

interface Series {
  readonly name: string;
  readonly type: Family["type"];
  readonly unit: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

function seriesOf({ scope, name, unit, value }: TrendFigure): Series {
  const [server] = /(?<=^servers\.).+$/s.exec(scope) ?? [];
  const labels: Record<string, string> = server === undefined ? { workload: scope } : { server };
  const percentile = /^(.+)\.p(\d+(?:\.\d+)?)$/.exec(name);
  const quantile = Number((Number(percentile?.[2]) / 100).toPrecision(6));
  const words = (percentile?.[1] ?? name)
    .replace(/(?:Bytes|Seconds)/, "")
    .replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    .replaceAll(/[^a-z0-9_]+/g, "_");
  const stem = `slash8_${server === undefined ? "" : "server_"}${words}`;
  const suffix = { ns: "seconds", bytes: "bytes" }[unit as string] ?? null;
  return {
    name: suffix === null ? stem : `${stem}_${suffix}`,
    type: percentile === null ? "gauge" : "summary",
    unit: suffix,
    labels: percentile === null ? labels : { ...labels, quantile: `${quantile}` },
    value: unit === "ns" ? value / 1e9 : value,
  };
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
