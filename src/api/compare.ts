import type { Comparison } from "../compare/compare.ts";
import type { ComparedResults, CompareOptions } from "./compare-options.ts";
import type { RunResult } from "./result.ts";

/**
 * Decides whether new results are worse than those of a baseline, by more than noise and the tolerance.
 *
 * It takes several runs a side: with too few the verdict is "inconclusive", and its `reasons` say how many it would take.
 *
 * @throws (rejects with) UserError where a file cannot be read, or a metric is not known
 * @example
 * const { verdict, reasons } = await compare("results/base-summary.json", "results/new-summary.json", {
 *   tolerance: "10%",
 * });
 */
export async function compare(
  baseline: ComparedResults,
  changed: ComparedResults,
  options: CompareOptions = {},
): Promise<Comparison> {
  const { compareGiven } = await import("./making/make-comparison.ts");
  return compareGiven(listOf(baseline), listOf(changed), options);
}

function listOf(given: ComparedResults): readonly (string | RunResult)[] {
  return typeof given === "string" || !isList(given) ? [given as string | RunResult] : given;
}

function isList(given: unknown): given is readonly (string | RunResult)[] {
  return Array.isArray(given);
}
