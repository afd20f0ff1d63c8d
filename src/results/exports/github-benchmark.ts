import type { Unit } from "../../gates/metric.ts";
import { clientIo } from "../host-rows.ts";
import type { RunResult } from "../result.ts";
import { type TrendFigure, trendFigures } from "./trend-figures.ts";

/** Fixed units: a chart that changed from us to ms would show a jump. */
const units: Readonly<Record<Unit, readonly [name: string, factor: number]>> = {
  ns: ["ms", 1e-6],
  perSecond: ["per second", 1],
  bytesPerSecond: ["bytes per second", 1],
  bytes: ["bytes", 1],
  ratio: ["ratio", 1],
  count: ["count", 1],
};

/**
 * Renders figures for github-action-benchmark. A file of it has one direction, so there are two: times and memory for
 * its tool "customSmallerIsBetter", rates for "customBiggerIsBetter".
 *
 * @returns null where the run has no figure of that direction
 * @see     "customSmallerIsBetter" of benchmark-action/github-action-benchmark: name, unit, value, extra
 */
export function renderGithubBenchmark(
  result: RunResult,
  better: TrendFigure["better"],
): string | null {
  const { scenario, run, tool } = result;
  const extra = `${tool.name} ${tool.version}, io ${clientIo(result)}, ${run.outcome}`;
  const entries = trendFigures(result)
    .filter((figure) => figure.better === better)
    .map(({ scope, name, unit, value }) => {
      const [unitName, factor] = units[unit];
      return {
        name: `${scenario.name}: ${scope}.${name}`,
        unit: unitName,
        value: Number((value * factor).toPrecision(6)),
        extra,
      };
    });
  return entries.length === 0 ? null : `${JSON.stringify(entries, null, 2)}\n`;
}
