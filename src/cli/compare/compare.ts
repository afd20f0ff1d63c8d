/** `slash8 compare`: compares results with those of a baseline. */
import { resolve } from "node:path";
import { exitStatus, UserError } from "../../base/errors.ts";
import type { Command } from "../arguments/command.ts";
import { flag } from "../arguments/options.ts";
import { compareOptions, comparisonOptions } from "./compare-options.ts";

export const compareCommand: Command = {
  name: "compare",
  positional: {
    name: "baseline",
    describe: "results of the baseline, or the summary of their series",
    missing: "which results? base-*.json --with new-*.json, for example",
    several: true,
  },
  describe: "decide whether new results are worse than a baseline, taking noise into account",
  options: {
    with: {
      type: "string",
      array: true,
      requiresArg: true,
      describe: "the new results, or the summary of their series",
    },
    ...compareOptions,
    json: flag("print the comparison as JSON"),
  },
  examples: [
    ["$0 load x.yaml --repeat 10 --out base.json", "make a baseline"],
    ["$0 compare base-*.json --with new-*.json", "compare with it"],
    [
      "$0 compare base-summary.json --with new-summary.json --tolerance 10%",
      "the same, less strict",
    ],
  ],
  epilogue:
    `Exit status: ${exitStatus.pass} no metric is worse by more than the tolerance, ${exitStatus.gateFailed} one is, ` +
    `${exitStatus.invalid} inconclusive, as there are too few runs. docs/baselines.md says how to read it.`,
  async run(args) {
    const [
      { compareResults },
      { renderComparison },
      { readResults },
      { reading },
      output,
      { lookOf },
      status,
    ] = await Promise.all([
      import("../../compare/compare.ts"),
      import("../../compare/text.ts"),
      import("../../results/files/read-all.ts"),
      import("../../results/files/read.ts"),
      import("../terminal/output.ts"),
      import("../load/conclude-run.ts"),
      import("../arguments/exit-status.ts"),
    ]);
    const given = args.with as readonly string[] | undefined;
    if (given === undefined) {
      throw new UserError("compare with what? --with new-*.json, for example");
    }
    const baseline = readResults(args.baseline as readonly string[]);
    const changed = readResults(given);
    const files = new Set(baseline.map(({ path }) => resolve(path)));
    const twice = changed.find(({ path }) => files.has(resolve(path)));
    if (twice !== undefined)
      throw new UserError(
        `${twice.path} is on both sides, so there is nothing to compare; give the baseline and the new results separately`,
      );
    const comparison = reading([...files], () =>
      compareResults(baseline, changed, comparisonOptions(args)),
    );
    await (args.json === true
      ? output.printResult(JSON.stringify(comparison, null, 2))
      : output.write(process.stdout, renderComparison(comparison, lookOf(process.stdout))));
    return status.statusOfVerdict[comparison.verdict];
  },
};
