/** Describes what is wrong with a command line, in our own words. */
import { UserError } from "../../base/errors.ts";
import { closestName, hintFor } from "../../base/suggestion.ts";
import type { Command } from "./command.ts";

/**
 * Converts a message of yargs into ours: what is wrong, what was probably meant, where to read more.
 *
 * @param message  message of yargs, English
 * @param args     the arguments after the program's name
 * @param commands all commands
 */
export function usageError(
  message: string,
  args: readonly string[],
  commands: readonly Command[],
): UserError {
  const command = commands.find(({ name }) => args[0] === name);
  const help = command === undefined ? "slash8 --help" : `slash8 ${command.name} --help`;
  return new UserError(`${explain(message, args, command, commands)}\ntry: ${help}`);
}

function explain(
  message: string,
  args: readonly string[],
  command: Command | undefined,
  commands: readonly Command[],
): string {
  const unknown = /^Unknown arguments?: (.+)$/.exec(message)?.[1];
  if (unknown !== undefined) return unknownOptions(unknown.split(", "), command);
  const extra = /^Unknown commands?: (.+)$/.exec(message)?.[1];
  if (extra !== undefined && command !== undefined) return `unexpected argument: ${extra}`;
  if (extra !== undefined || message.startsWith("Did you mean")) {
    const name = args.find((argument) => !argument.startsWith("-")) ?? "";
    const names = commands.map((known) => known.name);
    return `unknown command: ${name}${hintFor(name, names)}`;
  }
  if (message.startsWith("Not enough non-option arguments")) {
    // An unknown option took the positional argument for its value: report that instead.
    const strange = optionNames(args).filter((name) => !knownOptions(command).includes(name));
    if (strange.length > 0) return unknownOptions(strange, command);
    const taken = takenValue(args, command);
    const missing = command?.positional?.missing ?? message;
    return taken === null ? missing : `${missing}\n${taken}`;
  }
  const missing = /^Not enough arguments following: (.+)$/.exec(message)?.[1];
  if (missing !== undefined) return `--${missing} needs a value`;
  const invalid = /Argument: (\S+), Given: "(.*)", Choices: "(.*)"$/.exec(message);
  if (invalid !== null) {
    const [, name, given = "", choices = ""] = invalid;
    return `unknown ${name}: ${given}${hintFor(given, choices.split('", "'))}`;
  }
  return message;
}

/** An option whose value is optional took the next argument for its value. */
function takenValue(args: readonly string[], command: Command | undefined): string | null {
  const [name] = Object.entries(command?.options ?? {}).find(([option, { type, requiresArg }]) => {
    const value = args[args.indexOf(`--${option}`) + 1];
    const mayStandAlone = type === "string" && requiresArg !== true;
    return mayStandAlone && args.includes(`--${option}`) && value?.startsWith("-") === false;
  }) ?? [null];
  if (name === null) return null;
  const value = args[args.indexOf(`--${name}`) + 1];
  return `--${name} took ${value} for its value: put --${name} at the end`;
}

function knownOptions(command: Command | undefined): string[] {
  return [...Object.keys(command?.options ?? {}), "help", "version"];
}

/** Returns the names of what is given as an option: "out" for --out and for --out=x, "o" for -o. */
function optionNames(args: readonly string[]): string[] {
  return args.flatMap((argument) => /^--?([^-=][^=]*)/.exec(argument)?.[1] ?? []);
}

function unknownOptions(names: readonly string[], command: Command | undefined): string {
  const options = knownOptions(command).map((name) => `--${name}`);
  return names
    .map((name) => {
      const given = name.length === 1 ? `-${name}` : `--${name}`;
      const closest = closestName(given, options);
      return `unknown option: ${given}${closest === null ? "" : `; did you mean ${closest}?`}`;
    })
    .join("\n");
}
