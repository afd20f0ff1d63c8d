import yargs, { type Argv } from "yargs";
import { packageVersion } from "../api/tool.ts";
import type { ExitStatus } from "../base/errors.ts";
import { arrangeArguments } from "./arguments/arrange.ts";
import { ChosenCommand, registerCommand } from "./arguments/command.ts";
import { completePath, fileKinds } from "./arguments/completion.ts";
import { usageError } from "./arguments/usage-error.ts";
import { checkCommand } from "./check/check.ts";
import { abCommand } from "./compare/ab.ts";
import { compareCommand } from "./compare/compare.ts";
import { doctorCommand } from "./doctor.ts";
import { exportCommand } from "./export/export.ts";
import { reportCommand } from "./export/report.ts";
import { findLimitCommand } from "./find-limit/find-limit.ts";
import { initCommand } from "./init/init.ts";
import { exitStatuses, loadCommand } from "./load/load.ts";
import { planCommand } from "./plan/plan.ts";
import { probeCommand } from "./probe/probe.ts";
import { protocolCommand } from "./protocol/protocol.ts";
import { relayCommand } from "./relay/relay.ts";
import { serveCommand } from "./serve.ts";

const commands = [
  loadCommand,
  initCommand,
  checkCommand,
  planCommand,
  doctorCommand,
  serveCommand,
  probeCommand,
  relayCommand,
  protocolCommand,
  exportCommand,
  reportCommand,
  compareCommand,
  abCommand,
  findLimitCommand,
];

/**
 * Runs the command of a command line.
 *
 * @param given the words after the program's name
 * @returns     its exit status; null where yargs has answered itself: help, version, completion
 */
export async function runCommandLine(given: readonly string[]): Promise<ExitStatus | null> {
  try {
    await createCli(given).parseAsync();
    return null;
  } catch (error) {
    if (error instanceof ChosenCommand) return error.run();
    throw error;
  }
}

function createCli(given: readonly string[]): Argv {
  const isCompleting = given[0] === "--get-yargs-completions";
  const args = isCompleting ? given : arrangeArguments(given, commands);
  const cli = yargs([...args])
    .scriptName("slash8")
    .usage("$0 <command>\n\nLoad-tests TCP and UDP servers from all of 127.0.0.0/8.")
    .parserConfiguration({
      "boolean-negation": false,
      "camel-case-expansion": false,
      "dot-notation": false,
      // Patterns such as base-*.json expand to several words; options that take only one set nargs: 1.
      "greedy-arrays": true,
      "parse-numbers": false,
      "parse-positional-numbers": false,
    })
    .locale("en")
    .strict()
    .strictCommands()
    .recommendCommands()
    .demandCommand(1, `which command? ${commands.map(({ name }) => name).join(", ")}`)
    .completion("completion", "print a script for the shell's completion", complete)
    .example("$0 load scenarios/quickstart.yaml", "run a scenario")
    .example("$0 plan scenarios/quickstart.yaml", "show what would run")
    .example("$0 completion >> ~/.bashrc", "complete commands, options and scenario files")
    .epilogue(exitStatuses)
    .version("version", "show the version (-v)", packageVersion())
    .help("help", "show help")
    .alias("help", "h")
    .wrap(Math.min(100, process.stdout.columns || 100))
    .exitProcess(false)
    .fail((message: string | null, error: Error | undefined) => {
      // Messages of yargs' own arrive as strings, some of them in a YError as well.
      if (error !== undefined && error.name !== "YError") throw error;
      throw usageError(message ?? error?.message ?? "wrong arguments", args, commands);
    });
  for (const command of commands) {
    registerCommand(cli, command, isCompleting);
  }
  return cli;
}

/** Completes files where a scenario or a result is expected; commands, options and choices elsewhere. */
function complete(
  current: string,
  argv: { readonly _?: readonly (string | number)[] },
  byDefault: () => unknown,
  done: (completions: string[]) => void,
): void {
  const command = commands.find(({ name }) => argv._?.includes(name));
  const before = process.argv.at(-2) ?? "";
  const hasChoices = command?.options[before.replace(/^--/, "")]?.choices !== undefined;
  const kind = fileKinds.get(command?.positional?.name ?? "");
  if (kind !== undefined && !current.startsWith("-") && !hasChoices) {
    done(completePath(current, kind));
  } else byDefault();
}
