/** `slash8 completion`: prints the script by which a shell completes slash8's command lines. */
import { basename } from "node:path";
import { exitStatus } from "../../base/errors.ts";
import type { Command } from "../arguments/command.ts";
import { printResult } from "../terminal/output.ts";
import { completionScripts, shells } from "./scripts.ts";

export const completionCommand: Command = {
  name: "completion",
  positional: {
    name: "shell",
    describe: "the shell (default: the one of $SHELL, else bash)",
    choices: shells,
    missing: "",
    optional: true,
  },
  describe: "print a script that completes commands, options, values and files in your shell",
  options: {},
  examples: [
    ["$0 completion bash >> ~/.bashrc", "in new shells from then on"],
    ["$0 completion zsh > ~/.zfunc/_slash8", 'with "fpath+=~/.zfunc" before compinit in ~/.zshrc'],
    ["$0 completion fish > ~/.config/fish/completions/slash8.fish", "at once"],
  ],
  epilogue:
    "It completes commands, options, their values, files of scenarios and results, and behind --set the paths that a scenario " +
    "has: --set workloads.chat.rate=",
  async run(args) {
    const named = args.shell ?? basename(process.env.SHELL ?? "");
    const shell = shells.find((one) => one === named) ?? "bash";
    await printResult(completionScripts[shell].trimEnd());
    return exitStatus.pass;
  },
};
