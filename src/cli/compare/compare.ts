/** `slash8 compare`: compares results with those of a baseline. */
import { basename, dirname } from "node:path";
import { exitStatus, UserError } from "../../base/errors.ts";
import type { Command } from "../arguments/command.ts";
import { flag, once } from "../arguments/options.ts";
import { compareOptions, comparisonChoices, comparisonExports } from "./compare-options.ts";

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
    out: {
      type: "string",
      requiresArg: true,
      describe:
        "write the comparison to a file that ends in .json, and the formats below next to it",
      coerce: once("out", (text) => {
        if (/[^/\\]\.json$/i.test(text)) return text;
        throw new UserError(
          `--out ${text}: give a file that ends in .json, such as comparison.json`,
        );
      }),
    },
    ...comparisonExports,
  },
  examples: [
    ["$0 load x.yaml --repeat 10 --out base.json", "make a baseline"],
    ["$0 compare base-*.json --with new-*.json", "compare with it"],
    [
      "$0 compare base-summary.json --with new-summary.json --tolerance 10%",
      "the same, less strict",
    ],
    [
      "$0 compare base-summary.json --with new-summary.json --junit",
      "writes new-comparison.junit.xml",
    ],
  ],
  epilogue:
    `Exit status: ${exitStatus.pass} no metric is worse by more than the tolerance, ${exitStatus.gateFailed} one is, ` +
    `${exitStatus.invalid} inconclusive, as there are too few runs. docs/baselines.md says how to read it.`,
  async run(args) {
    const [
      { compareGiven },
      { renderComparison },
      output,
      { lookOf },
      status,
      files,
      { writeJson },
    ] = await Promise.all([
      import("../../api/making/make-comparison.ts"),
      import("../../compare/text.ts"),
      import("../terminal/output.ts"),
      import("../load/conclude-run.ts"),
      import("../arguments/exit-status.ts"),
      import("./write-comparison.ts"),
      import("../terminal/write-json.ts"),
    ]);
    const given = args.with as readonly string[] | undefined;
    if (given === undefined) {
      throw new UserError("compare with what? --with new-*.json, for example");
    }
    const baseline = args.baseline as readonly string[];
    const comparison = compareGiven(baseline, given, comparisonChoices(args));
    await (args.json === true
      ? output.printResult(JSON.stringify(comparison, null, 2))
      : output.write(process.stdout, renderComparison(comparison, lookOf(process.stdout))));
    const out = args.out as string | undefined;
    const target = out ?? besideOf(given[0] ?? "");
    const stream = args.json === true ? process.stderr : process.stdout;
    const { written, failures } = files.writeComparison(comparison, target, args);
    for (const file of written) await output.write(stream, `export: ${output.pathForUser(file)}\n`);
    if (out !== undefined) {
      const path = writeJson(comparison, basename(out), dirname(out));
      await output.write(stream, `comparison: ${output.pathForUser(path)}\n`);
    }
    files.summariseForGitHub(comparison, process.env);
    if (failures.length > 0) throw new UserError(failures.join("\n"), exitStatus.internal);
    return status.statusOfVerdict[comparison.verdict];
  },
};

/** "new-summary.json" and "new.json" become "new-comparison.json". */
function besideOf(result: string): string {
  return `${result.replace(/(?:-summary)?\.json$/i, "")}-comparison.json`;
}
