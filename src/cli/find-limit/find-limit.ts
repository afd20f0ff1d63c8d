/** `slash8 find-limit`: the command and its options; run-find-limit.ts runs it. */
import type { Options } from "yargs";
import { UserError } from "../../base/errors.ts";
import { parseDuration } from "../../base/units.ts";
import type { Command } from "../arguments/command.ts";
import {
  baselineOption,
  flag,
  once,
  positiveInteger,
  ratioBetween,
  repeatable,
  scenarioOptions,
  scenarioPositional,
  text,
  withUnit,
} from "../arguments/options.ts";

const options = {
  gate: repeatable(
    "a gate that must hold (repeatable); replaces the scenario's own gates",
    "the scenario's own gates",
  ),
  vary: text(
    "vary",
    "what to raise: <workload>.rate or <workload>.connections (default: the only rate)",
  ),
  from: text(
    "from",
    "where to start: 1000/s, or a number of connections (default: the scenario's)",
  ),
  to: text("to", "the highest load to try (default: until a gate fails)"),
  precision: {
    type: "string",
    requiresArg: true,
    default: "5%",
    describe:
      "stop when the highest load that holds and the lowest that fails are this close, such as 5%",
    // More precise than 0.1 % no two runs agree; for less precision than 100 %, doubling alone is enough.
    coerce: once("precision", ratioBetween("precision", "0.1%", "100%")),
  },
  repeat: {
    type: "string",
    requiresArg: true,
    default: "3",
    describe: "runs at each of these two loads; the majority decides",
    coerce: once("repeat", positiveInteger("repeat", 20)),
  },
  duration: {
    type: "string",
    requiresArg: true,
    describe: "steady state of each run (default: the scenario's)",
    coerce: once("duration", checkDuration),
  },
  baseline: baselineOption,
  out: text("out", "directory for limit.json and each run's result (default: one in results/)"),
  json: flag("print limit.json to standard output; the table goes to standard error"),
  quiet: flag("print only the answer, no progress and no table"),
  ...scenarioOptions,
} as const satisfies Record<string, Options>;

export const findLimitCommand: Command = {
  name: "find-limit",
  positional: { ...scenarioPositional, describe: "the scenario file" },
  describe: "find the highest load at which a gate holds",
  options,
  examples: [
    ['$0 find-limit x.yaml --gate "chat.responseTime.p99 < 5ms"', "the highest rate"],
    ["$0 find-limit x.yaml --vary idle.connections --from 1000", "by the scenario's own gates"],
    [
      '$0 find-limit x.yaml --gate "total.errors == 0" --to 50000/s --json | jq .answer',
      "for programs",
    ],
  ],
  epilogue: `It doubles the load until a gate fails, narrows the interval, and repeats the loads at both ends;
each run has fresh servers. See docs/find-limit.md.

Exit status:
  0  the limit was found, or held     4    the generator was the limit, runs were
     up to --to                            disturbed or contradict each other
  1  internal failure                 99   it held at no load
  2  usage or scenario error          130  interrupted; what was found is still
  3  this machine cannot hold the          written
     plan of a higher load`,
  async run(args) {
    const { runFindLimit } = await import("./run-find-limit.ts");
    return runFindLimit(args);
  },
};

function checkDuration(given: string): string {
  if (withUnit("duration", parseDuration)(given) > 0) return given;
  throw new UserError(`--duration ${given}: give more than 0`);
}
