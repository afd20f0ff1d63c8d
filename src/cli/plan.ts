/** `slash8 plan`: the command and its options; what it does is in show-plan.ts. */
import type { Command } from "./command.ts";
import { flag, scenarioOptions, scenarioPositional } from "./options.ts";

export const planCommand: Command = {
  name: "plan",
  positional: scenarioPositional,
  describe: "what would run: addresses, ports, workers, files, memory",
  options: {
    json: flag("print the plan as JSON"),
    aliases: flag("print only the addresses that macOS needs as aliases of lo0, a range a line"),
    ...scenarioOptions,
  },
  examples: [
    ["$0 plan scenarios/quickstart.yaml", "who connects from where to where"],
    ["$0 plan x.yaml --json | jq .agents", "the same for programs"],
    ["$0 plan x.yaml --aliases", "what scripts/macos/lo0-alias-up.sh adds"],
  ],
  async run(args) {
    const { showPlan } = await import("./show-plan.ts");
    return showPlan(args);
  },
};
