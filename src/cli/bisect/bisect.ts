/** `slash8 bisect`: the command and its options; run-bisect.ts runs it. */
import type { Options } from "yargs";
import { exitStatus } from "../../base/errors.ts";
import type { Command } from "../arguments/command.ts";
import {
  flag,
  once,
  positiveInteger,
  ratioBetween,
  scenarioOptions,
  scenarioPositional,
  text,
} from "../arguments/options.ts";

/** A ratio with a default. */
function ratio(
  name: string,
  byDefault: string,
  [least, most]: readonly [string, string],
  describe: string,
): Options {
  return {
    ...text(name, describe),
    default: byDefault,
    coerce: once(name, ratioBetween(name, least, most)),
  };
}

export const bisectCommand: Command = {
  name: "bisect",
  positional: { ...scenarioPositional, describe: "the scenario file" },
  describe: "find the commit that made a server slower",
  options: {
    good: text("good", "a revision that is fast, before the change"),
    bad: text("bad", "a revision that is slow (default: HEAD)"),
    build: text("build", "what builds a revision, run in its checkout (default: nothing)"),
    command: text(
      "command",
      "command of the server, run in the checkout (default: the scenario's)",
    ),
    server: text("server", "the server to replace, if the scenario has several"),
    repository: text("repository", "a directory of the git repository (default: this one)"),
    metric: text(
      "metric",
      "what became slower: chat.responseTime.p50 (default: the server's CPU time per exchange)",
    ),
    threshold: ratio(
      "threshold",
      "10%",
      ["0.1%", "100%"],
      "how much slower the bad revision must be to be worth a search",
    ),
    confidence: ratio(
      "confidence",
      "99.9%",
      ["90%", "99.999%"],
      "how sure it must be that the commit is slower than its parent",
    ),
    "runs-at-most": {
      type: "string",
      requiresArg: true,
      default: "90",
      describe: "runs at most for each step",
      coerce: once("runs-at-most", positiveInteger("runs-at-most", 1000)),
    },
    out: text("out", "directory for bisect.json and each run's result (default: one in results/)"),
    json: flag("print bisect.json to standard output; texts go to standard error"),
    quiet: flag("print only the answer"),
    ...scenarioOptions,
  },
  examples: [
    [
      '$0 bisect x.yaml --good v1.2.0 --bad main --build "npm ci && npm run build"',
      "which commit it was",
    ],
    ["$0 bisect x.yaml --good HEAD~30 --metric chat.responseTime.p50", "by response time"],
  ],
  epilogue: `It makes sure that the bad revision is slower, halves the history between the two, and measures
the commit it finds against its parent. The checkouts are temporary. See docs/bisect.md.

Exit status:
  ${exitStatus.pass}  the commit was found            ${exitStatus.gateFailed}   the bad revision is not slower
  ${exitStatus.invalid}  not sure: between two commits   ${exitStatus.interrupted}  interrupted; what was found is written
  ${exitStatus.usage}  usage, scenario or build error  ${exitStatus.cannotHold}    this machine cannot hold the plan`,
  async run(args) {
    const { runBisect } = await import("./run-bisect.ts");
    return runBisect(args);
  },
};
