import type { Argv, Options } from "yargs";
import type { ExitStatus } from "../../base/errors.ts";

/** One command of the command line, as main.ts hands it to yargs. */
export interface Command {
  readonly name: string;
  /** The positional argument, or null. */
  readonly positional: {
    readonly name: string;
    readonly describe: string;
    readonly choices?: readonly string[];
    /** What is wrong when it is not given. */
    readonly missing: string;
    /** Whether it may be given more than once; `args` then has a list. */
    readonly several?: boolean;
  } | null;
  readonly describe: string;
  readonly options: Readonly<Record<string, Options>>;
  /** [command line, what it does] */
  readonly examples: readonly (readonly [string, string])[];
  /** Stands at the end of its help. */
  readonly epilogue?: string;
  /** @param args parsed, checked against `options` */
  readonly run: (args: Readonly<Record<string, unknown>>) => Promise<ExitStatus>;
}

/** As yargs writes it: "<result>", "<result...>". */
function placeOf({ name, several }: NonNullable<Command["positional"]>): string {
  return several === true ? `<${name}...>` : `<${name}>`;
}

/**
 * Registers a command with yargs.
 *
 * @param isCompleting the shell asks how a line may go on: half-typed values must not be refused
 * @param onStatus     takes the command's exit status
 */
export function registerCommand(
  cli: Argv,
  command: Command,
  isCompleting: boolean,
  onStatus: (status: ExitStatus) => void,
): void {
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
          // Help would tell of the empty list otherwise.
          ...(several ? { defaultDescription: "none" } : {}),
        });
      }
      for (const [line, description] of command.examples) argv.example(line, description);
      if (command.epilogue !== undefined) argv.epilogue(command.epilogue);
      for (const [name, { coerce, ...option }] of Object.entries(command.options)) {
        argv.option(name, coerce === undefined || isCompleting ? option : { ...option, coerce });
      }
      return argv;
    },
    handler: async (args: Record<string, unknown>) => onStatus(await command.run(args)),
  });
}
