import { resolve } from "node:path";
import { UserError } from "../../base/errors.ts";
import { parseRatio, UnitError } from "../../base/units.ts";
import { type Comparison, type ComparisonOptions, compareResults } from "../../compare/compare.ts";
import { reading } from "../../results/files/read.ts";
import { type NamedResult, readResults } from "../../results/files/read-all.ts";
import type { CompareOptions } from "../compare-options.ts";
import type { RunResult } from "../result.ts";
import { thisTool } from "../tool.ts";

/** Of everything that is drawn: the same comparison gives the same interval. */
const seed = 1;

/** @throws UserError where a file cannot be read, is on both sides, or a metric is not known */
export function compareGiven(
  baseline: readonly (string | RunResult)[],
  changed: readonly (string | RunResult)[],
  options: CompareOptions,
): Comparison {
  const before = named(baseline, "baseline");
  const after = named(changed, "new");
  const files = new Set(before.map(({ path }) => resolve(path)));
  const twice = after.find(({ path }) => files.has(resolve(path)));
  if (twice !== undefined) {
    throw new UserError(
      `${twice.path} is on both sides, so there is nothing to compare; give the baseline and the new results separately`,
    );
  }
  return reading([...files], () => compareResults(before, after, comparisonOptions(options)));
}

/** What was given, with its defaults. @throws UserError for a number that cannot be one */
export function comparisonOptions({
  alpha = 0.05,
  tolerance = 0.05,
  metrics,
  design = "independent",
}: CompareOptions): ComparisonOptions {
  return {
    tool: thisTool(),
    alpha: ratioWithin("alpha", alpha, 1e-6, 0.5),
    tolerance: ratioWithin("tolerance", tolerance, 0, 1),
    metrics: metrics ?? null,
    seed,
    design,
  };
}

/** @throws UserError */
export function ratioWithin(
  name: string,
  given: string | number,
  least: number,
  most: number,
): number {
  try {
    const value = parseRatio(given);
    if (value >= least && value <= most) return value;
  } catch (error) {
    if (!(error instanceof UnitError)) throw error;
    throw new UserError(`${name}: ${error.message}`);
  }
  throw new UserError(`${name}: ${given} is not a ratio from ${least} to ${most}: try "10%"`);
}

/** @param side names results that have no file */
function named(given: readonly (string | RunResult)[], side: string): NamedResult[] {
  const files = given.filter((one) => typeof one === "string");
  const results = given.filter((one) => typeof one !== "string");
  return [
    ...(files.length === 0 ? [] : readResults(files)),
    ...results.map((result, index) => ({
      path: result.file ?? `(${side} ${index + 1})`,
      result: result as unknown as NamedResult["result"],
    })),
  ];
}
