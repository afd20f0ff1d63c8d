import yargs, { type Argv } from "yargs";
import { type ExitStatus, exitStatus } from "../base/errors.ts";
import { packageVersion } from "../base/package-file.ts";
import { arrangeArguments } from "./arguments/arrange.ts";
import { ChosenCommand, type Command, registerCommand } from "./arguments/command.ts";
import { usageError } from "./arguments/usage-error.ts";
import { bisectCommand } from "./bisect/bisect.ts";
import { checkCommand } from "./check/check.ts";
import { abCommand } from "./compare/ab.ts";
import { compareCommand } from "./compare/compare.ts";
import { completionCommand } from "./completion/completion.ts";
import { askingWord } from "./completion/scripts.ts";
import { doctorCommand } from "./doctor.ts";
import { exportCommand } from "./export/export.ts";
import { reportCommand } from "./export/report.ts";
import { findLimitCommand } from "./find-limit/find-limit.ts";
import { agentCommand } from "./hosts/agent.ts";
import { hostsCommand } from "./hosts/hosts.ts";
import { initCommand } from "./init/init.ts";
import { exitStatuses, loadCommand } from "./load/load.ts";
import type { ProgramTexts } from "./man/man-pages.ts";
import { natsConfigCommand } from "./nats-config/nats-config.ts";
import { planCommand } from "./plan/plan.ts";
import { probeCommand } from "./probe/probe.ts";
import { protocolCommand } from "./protocol/protocol.ts";
import { relayCommand } from "./relay/relay.ts";
import { serveCommand } from "./serve.ts";
import { write } from "./terminal/output.ts";

export const commands: readonly Command[] = [
  loadCommand,
  initCommand,
  checkCommand,
  planCommand,
  doctorCommand,
  serveCommand,
  probeCommand,
  relayCommand,
  agentCommand,
  hostsCommand,
  natsConfigCommand,
  protocolCommand,
  exportCommand,
  reportCommand,
  compareCommand,
  abCommand,
  bisectCommand,
  findLimitCommand,
  completionCommand,
];

/** What is said of slash8 as a whole, by --help and by slash8(1). */
export const programTexts: ProgramTexts = {
  about: "Load-tests TCP and UDP servers from all of 127.0.0.0/8.",
  exitStatuses,
  examples: [
    ["$0 load scenarios/quickstart.yaml", "run a scenario"],
    ["$0 plan scenarios/quickstart.yaml", "show what would run"],
    ["$0 completion bash >> ~/.bashrc", "complete commands, options and scenario files"],
  ],
};

/**
 * Runs the command of a command line.
 *
 * @param given the words after the program's name
 * @returns     its exit status; null where yargs has answered itself: help, version
 */
export async function runCommandLine(given: readonly string[]): Promise<ExitStatus | null> {
  if (given[0] === askingWord) {
    const { answerShell } = await import("./completion/answer.ts");
    await write(process.stdout, answerShell(given.slice(1), commands));
    return exitStatus.pass;
  }
  try {
    await createCli(given).parseAsync();
    return null;
  } catch (error) {
    if (error instanceof ChosenCommand) return error.run();
    throw error;
  }
}

function createCli(given: readonly string[]): Argv {
  const args = arrangeArguments(given, commands);
  const cli = yargs([...args])
    .scriptName("slash8")
    .usage(`$0 <command>\n\n${programTexts.about}`)
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
    .example(programTexts.examples.map(([line, what]): [string, string] => [line, what]))
    .epilogue(programTexts.exitStatuses)
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
    registerCommand(cli, command);
  }
  return cli;
}
