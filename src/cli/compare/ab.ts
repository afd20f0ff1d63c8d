/** `slash8 ab`: two servers against each other; what it does is in run-ab.ts. */
import { exitStatus } from "../../base/errors.ts";
import type { Command } from "../arguments/command.ts";
import {
  flag,
  once,
  positiveInteger,
  scenarioOptions,
  scenarioPositional,
  text,
} from "../arguments/options.ts";
import { compareOptions, comparisonExports, defaultPairs } from "./compare-options.ts";

export const abCommand: Command = {
  name: "ab",
  positional: scenarioPositional,
  describe: "run two servers alternately on this machine, and compare them",
  options: {
    a: text("a", "command of server A, the baseline (default: the scenario's)"),
    b: text("b", "command of server B (default: the scenario's)"),
    "a-dir": text("a-dir", "where A's command runs: a checkout (default: the scenario's)"),
    "b-dir": text("b-dir", "where B's command runs"),
    server: text("server", "the server to replace, if the scenario has several"),
    repeat: {
      type: "string",
      requiresArg: true,
      defaultDescription: String(defaultPairs),
      describe: "pairs of runs, in the order ABBA ABBA ...",
      coerce: once("repeat", positiveInteger("repeat", 100)),
    },
    ...compareOptions,
    out: text("out", "where the results go: a directory, or a file that ends in .json"),
    json: flag("print the comparison as JSON to standard output"),
    ...comparisonExports,
    quiet: flag("print no progress and no verdicts of single runs"),
    ...scenarioOptions,
  },
  examples: [
    ["$0 ab x.yaml --a './old --port 7000' --b './new --port 7000'", "two commands"],
    ["$0 ab x.yaml --a-dir ../main --b-dir .", "the scenario's command in two checkouts"],
    ["$0 ab x.yaml --a-dir ../main --b-dir . --out ab.json --junit", "ab-comparison.junit.xml"],
  ],
  epilogue:
    `Exit status: ${exitStatus.pass} B is not worse than A by more than the tolerance, ${exitStatus.gateFailed} it is, ` +
    `${exitStatus.invalid} inconclusive, as there are too few runs, ${exitStatus.interrupted} interrupted; what was measured is written. ` +
    "docs/baselines.md says how to read it.",
  async run(args) {
    const { runAb } = await import("./run-ab.ts");
    return runAb(args);
  },
};
