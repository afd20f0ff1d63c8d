import type { Command } from "./command.ts";
import { dash } from "./dash.ts";

/**
 * Puts arguments into the order that the parser takes: the command first. Options may stand before it as well
 * (`slash8 --quiet load x.yaml`), and `-h` and `-v` anywhere.
 *
 * A lone dash that is not an option's value becomes `dash`.
 *
 * `-v` is `--verbose` where a command that has it is given something to run, else `--version`.
 *
 * @param args     the arguments after the program's name
 * @param commands all commands
 */
export function arrangeArguments(
  args: readonly string[],
  commands: readonly Command[],
): readonly string[] {
  const at = commandAt(args, commands);
  const command = commands.find(({ name }) => name === args[at]);
  const before = at < 0 ? [] : args.slice(0, at);
  const after = at < 0 ? args : args.slice(at + 1);
  const end = after.indexOf("--");
  const [own, rest] = end < 0 ? [after, []] : [after.slice(0, end), after.slice(end)];
  const isGiven = hasWord(own, commands);
  const isVerbose = command?.options.verbose !== undefined && isGiven;
  const long: Readonly<Record<string, string>> = {
    "-h": "--help",
    "-v": isVerbose ? "--verbose" : "--version",
  };
  const arranged = [...own, ...before].map(
    (word, i, words) =>
      long[word] ?? (takesNext(words[i - 1] ?? "", commands) ? word : withDash(word)),
  );
  return [...(at < 0 ? [] : [args[at] as string]), ...arranged, ...rest.map(withDash)];
}

function withDash(word: string): string {
  return word === "-" ? dash : word;
}

/** Where the command stands: the first word that is neither an option nor an option's value; -1: nowhere. */
function commandAt(args: readonly string[], commands: readonly Command[]): number {
  const at = firstWord(args, commands);
  const isCommand = commands.some(({ name }) => name === args[at]);
  return isCommand ? at : -1;
}

function hasWord(args: readonly string[], commands: readonly Command[]): boolean {
  return firstWord(args, commands) >= 0;
}

function firstWord(args: readonly string[], commands: readonly Command[]): number {
  for (let at = 0; at < args.length; at++) {
    const word = args[at] as string;
    if (!word.startsWith("-") || word === "-") return at;
    if (word === "--") return -1;
    if (takesNext(word, commands)) at++;
  }
  return -1;
}

/** Whether the next word is the option's value: a name means the same for every command that has it. */
function takesNext(word: string, commands: readonly Command[]): boolean {
  const name = /^--([^=]+)$/.exec(word)?.[1];
  if (name === undefined) return false;
  return commands.some(({ options }) => options[name]?.requiresArg === true);
}
