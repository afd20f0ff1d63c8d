/** `slash8 check`: the command and its options; run-check.ts runs it. */
import type { Command } from "../arguments/command.ts";
import { flag, scenarioOptions } from "../arguments/options.ts";

const { set, "allow-remote": allowRemote } = scenarioOptions;

export const checkCommand: Command = {
  name: "check",
  positional: {
    name: "scenario",
    describe: 'scenario files, or "-" for standard input',
    missing: "which scenario? name files, such as load/*.yaml",
    several: true,
  },
  describe: "say whether scenarios are valid, and where they are not; nothing is started or sent",
  options: {
    json: flag("print what was found as JSON, each problem with its line and column"),
    set,
    "allow-remote": allowRemote,
  },
  examples: [
    ["$0 check load/*.yaml", "all scenarios of a folder"],
    ["$0 check - < chat.yaml", "a text that an editor has not saved"],
    ["$0 check x.yaml --json | jq -r '.files[].problems[].message'", "for programs"],
  ],
  epilogue:
    "A scenario is valid when load would begin: its fields, gates, included and named files, names of hosts, protocols and " +
    "modules, which are run for what they export. What the machine can hold is not looked at (slash8 plan), nor whether " +
    "servers answer. Exit status: 0 all are valid, 2 one is not. In a GitHub job each problem marks its line.",
  async run(args) {
    const { runCheck } = await import("./run-check.ts");
    return runCheck(args);
  },
};
