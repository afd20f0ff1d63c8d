import type { Argv, Options } from "yargs";
import type { ExitStatus } from "../../base/errors.ts";
import { withDashes } from "./dash.ts";

/** One command of the command line, as main.ts passes it to yargs. */
export interface Command {
  readonly name: string;
  /** The positional argument, or null. */
  readonly positional: {
    readonly name: string;
    readonly describe: string;
    readonly choices?: readonly string[];
    /** The message when it is missing. */
    readonly missing: string;
    /** Whether it may be given more than once; `args` then contains a list. */
    readonly several?: boolean;
    /** Whether it may be left out. */
    readonly optional?: boolean;
  } | null;
  readonly describe: string;
  readonly options: Readonly<Record<string, Options>>;
  /** [command line, what it does] */
  readonly examples: readonly (readonly [string, string])[];
  /** Printed at the end of its help. */
  readonly epilogue?: string;
  /** @param args parsed, checked against `options` */
  readonly run: (args: Readonly<Record<string, unknown>>) => Promise<ExitStatus>;
}

/** Formats it as yargs does: "<result>", "<result...>", "[shell]". */
function placeOf({ name, several, optional }: NonNullable<Command["positional"]>): string {
  const shown = several === true ? `${name}...` : name;
  return optional === true ? `[${shown}]` : `<${shown}>`;
}

/**
 * What was asked for on the command line. Thrown, as yargs would go on to lay out the command's help after its handler,
 * which takes 20 ms, in case somebody wants it later.
 */
export class ChosenCommand extends Error {
  readonly run: () => Promise<ExitStatus>;

  constructor(run: () => Promise<ExitStatus>) {
    super("a command was chosen");
    this.run = run;
  }
}

/** Registers a command with yargs, whose parsing ends with a ChosenCommand for it. */
export function registerCommand(cli: Argv, command: Command): void {
  const { positional } = command;
  cli.command({
    command: positional === null ? command.name : `${command.name} ${placeOf(positional)}`,
    describe: command.describe,
    builder: (argv: Argv) => {
      if (positional !== null) {
        const { name, describe, choices, several } = positional;
        argv.positional(name, {
          type: "string",
          describe,
          ...(choices ? { choices } : {}),
          // Otherwise the help would show the empty list.
          ...(several ? { defaultDescription: "none" } : {}),
        });
      }
      for (const [line, description] of command.examples) argv.example(line, description);
      if (command.epilogue !== undefined) argv.epilogue(command.epilogue);
      for (const [name, option] of Object.entries(command.options)) argv.option(name, option);
      return argv;
    },
    handler: (args: Record<string, unknown>) => {
      throw new ChosenCommand(() => command.run(withDashes(args, positional?.name)));
    },
  });
}
