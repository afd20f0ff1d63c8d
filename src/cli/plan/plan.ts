/** `slash8 plan`: the command and its options; show-plan.ts runs it. */
import type { Command } from "../arguments/command.ts";
import { flag, scenarioOptions, scenarioPositional, text } from "../arguments/options.ts";

export const planCommand: Command = {
  name: "plan",
  positional: scenarioPositional,
  describe: "show what would run: addresses, ports, workers, files, memory",
  options: {
    json: flag("print the plan as JSON"),
    aliases: flag(
      "print only the addresses that macOS needs as aliases of lo0, one range per line",
    ),
    wireshark: text(
      "wireshark",
      "write a Wireshark profile into this folder instead: names for clients, colours and buttons for workloads",
    ),
    ...scenarioOptions,
  },
  examples: [
    ["$0 plan scenarios/quickstart.yaml", "who connects from where to where"],
    ["$0 plan x.yaml --json | jq .agents", "the same for programs"],
    ["$0 plan x.yaml --aliases", "the addresses that scripts/macos/lo0-alias-up.sh adds"],
    [
      "$0 plan x.yaml --wireshark ~/.config/wireshark/profiles/x",
      "then: wireshark -C x capture.pcap",
    ],
  ],
  async run(args) {
    const { showPlan } = await import("./show-plan.ts");
    return showPlan(args);
  },
};
