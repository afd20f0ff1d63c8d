/** Whether results are worse than earlier ones, noise considered. */
import { fileURLToPath } from "node:url";
import { comparisonOptions, ratioWithin } from "../api/making/make-comparison.ts";
import type { RunResult } from "../api/result.ts";
import { UserError } from "../base/errors.ts";
import { compareResults } from "../compare/compare.ts";
import { percentText, renderComparison } from "../compare/text.ts";
import { reading } from "../results/files/read.ts";
import { type NamedResult, readResults } from "../results/files/read-all.ts";
import { type Answer, storedOf } from "./judge.ts";

/** Results of one side: one, several, or the paths of files; the summary of a series stands for its runs. */
export type Results = RunResult | string | URL | readonly (RunResult | string | URL)[];

/** When results are worse than earlier ones. */
export interface SlowerOptions {
  /** How much worse a metric may be: `"10%"`, or `0.1`. Default: 5 %. */
  readonly by?: string | number;
  /** How often a difference may be reported where there is none, over all metrics. Default: 0.05. */
  readonly alpha?: number;
  /** Metrics to compare: `["responseTime.p99.9"]`. Default: p50, p90 and p99 of the response time, and the rate of replies. */
  readonly metrics?: readonly string[];
}

/** @throws UserError where a result cannot be read, or an option is wrong */
export function judgeNoSlower(
  given: Results,
  baseline: Results,
  { by = 0.05, ...options }: SlowerOptions = {},
): Answer {
  const tolerance = ratioWithin("by", by, 0, 1);
  const rules = comparisonOptions({ ...options, tolerance });
  const [before, now] = [namedOf(baseline, "baseline"), namedOf(given, "result")];
  const comparison = reading(
    before.map(({ path }) => path),
    () => compareResults(before, now, rules),
  );
  const { unlike, reasons } = comparison;
  const message = () => renderComparison(comparison, { color: false, width: 100 }).trimEnd();
  const expected = `no metric is worse by more than ${percentText(tolerance)}`;
  if (unlike.length > 0) {
    const reason = `the baseline was made under other conditions, so a difference would say nothing about the server: ${unlike.join("; ")}`;
    return { holds: null, reason, message, actual: reason, expected };
  }
  const { verdict } = comparison;
  return {
    holds: verdict === "inconclusive" ? null : verdict === "pass",
    reason: verdict === "inconclusive" ? `inconclusive: ${reasons.join("; ")}` : "",
    message,
    actual: verdict === "pass" ? expected : reasons.join("\n"),
    expected,
  };
}

function namedOf(given: Results, side: string): NamedResult[] {
  const all = Array.isArray(given) ? (given as readonly unknown[]) : [given];
  if (all.length === 0) {
    throw new UserError(`there is no ${side} to compare: give a result, or several`);
  }
  return all.flatMap((one, index) => {
    if (typeof one === "string" || one instanceof URL) return readResults([pathOf(one)]);
    const { file } = one as RunResult;
    return [{ path: file ?? `${side} ${index + 1}`, result: storedOf(one) }];
  });
}

function pathOf(given: string | URL): string {
  return given instanceof URL ? fileURLToPath(given) : given;
}
