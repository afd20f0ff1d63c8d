/** `slash8 load`: the command and its options; run-load.ts runs it. */
import type { Options } from "yargs";
import { mostRepeats } from "../../scenario/scenario.ts";
import type { Command } from "../arguments/command.ts";
import { natsOptions, runOptions } from "../arguments/nats-arguments.ts";
import {
  baselineOption,
  flag,
  once,
  positiveInteger,
  scenarioOptions,
  scenarioPositional,
  text,
} from "../arguments/options.ts";
import { exportOptions } from "../export/export-options.ts";
import { liveOptions } from "./live-options.ts";

const options = {
  out: {
    ...text("out", "where the result goes: a directory, or a file that ends in .json"),
    defaultDescription: "results/",
  },
  json: flag("print the result to standard output as well; the summary goes to standard error"),
  hlog: flag("write an HdrHistogram interval log next to the result"),
  ...exportOptions,
  repeat: {
    type: "string",
    requiresArg: true,
    describe: "number of runs, one after the other, with a summary (default: the scenario's)",
    coerce: once("repeat", positiveInteger("repeat", mostRepeats)),
  },
  retries: {
    type: "string",
    requiresArg: true,
    defaultDescription: "none",
    describe: "how often an invalid run (exit status 4) is made again, until one has a verdict",
    coerce: once("retries", positiveInteger("retries", mostRepeats)),
  },
  baseline: baselineOption,
  quiet: flag("print no progress, and only the verdict and its reasons"),
  verbose: flag("print everything that the result says, not a screen of it (-v)"),
  ...liveOptions,
  ...natsOptions,
  ...runOptions,
  ...scenarioOptions,
  "allow-remote": flag("allow addresses outside loopback for targets, --ui, --metrics and --otlp"),
} as const satisfies Record<string, Options>;

export const exitStatuses = `Exit status:
    0  every gate passed; or the scenario was skipped, as a program with
       "missing: skip" is not installed
    1  a file cannot be written, which is named; or an internal failure
    2  usage or scenario error
    3  this machine cannot hold the plan
    4  the run is invalid: the generator or a busy machine was the limit or
       may have failed a gate, or a gate had no data
   99  a gate failed, nothing succeeded, or a server exited
  130  interrupted; what was measured is still written`;

export const loadCommand: Command = {
  name: "load",
  positional: scenarioPositional,
  describe: "run a scenario",
  options,
  examples: [
    ["$0 load scenarios/quickstart.yaml", "run it; the result goes to results/"],
    ["$0 load x.yaml --set workloads.chat.connections=100", "run it with another value"],
    ["$0 load x.yaml --out nightly/x.json --quiet --junit", "in a CI job; see docs/ci.md"],
    ["$0 load x.yaml --ui", "watch it in a browser; see docs/live.md"],
    ["$0 load x.yaml --retries 3", "on a busy machine: again, while the run is invalid"],
    ["$0 load x.yaml --repeat 6 --out base.json", "base-1.json to base-6.json, base-summary.json"],
    ["$0 load x.yaml --baseline base-*.json", "gates may say: <= baseline * 1.10"],
    ["$0 load x.yaml --json --quiet | jq .run.outcome", "one field, for programs"],
  ],
  epilogue: exitStatuses,
  async run(args) {
    const { runLoad } = await import("./run-load.ts");
    return runLoad(args);
  },
};
