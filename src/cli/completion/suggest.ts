/** What may stand where the cursor is. */
import type { Options } from "yargs";
import { shippedProtocols } from "../../protocols/shipped.ts";
import type { Command } from "../arguments/command.ts";
import { completePath, fileKinds } from "./paths.ts";
import { completeAssignment } from "./set-paths.ts";

export interface Suggestion {
  readonly text: string;
  /** For shells that show it; empty: nothing. */
  readonly about: string;
}

/** Options that take files or names, by the option's name: a name means the same for every command that has it. */
const valuesOfOption: Readonly<Record<string, (typed: string, place: Place) => readonly string[]>> =
  {
    set: (typed, { file }) => completeAssignment(typed, file),
    baseline: (typed) => completePath(typed, fileKinds.result),
    with: (typed) => completePath(typed, fileKinds.result),
    ca: (typed) => completePath(typed, fileKinds.pem),
    cert: (typed) => completePath(typed, fileKinds.pem),
    key: (typed) => completePath(typed, fileKinds.pem),
    "client-ca": (typed) => completePath(typed, fileKinds.pem),
    "nats-ca": (typed) => completePath(typed, fileKinds.pem),
    "nats-cert": (typed) => completePath(typed, fileKinds.pem),
    "nats-key": (typed) => completePath(typed, fileKinds.pem),
    "nats-creds": (typed) => completePath(typed, fileKinds.any),
    "nats-nkey": (typed) => completePath(typed, fileKinds.any),
    wireshark: (typed) => completePath(typed, fileKinds.folder),
    out: (typed, { command }) =>
      completePath(typed, command.name === "init" ? fileKinds.scenario : fileKinds.folder),
    server: (_, { file }) => namesIn("servers", file),
    vary: (_, { file }) =>
      namesIn("workloads", file).flatMap((name) => [`${name}.rate`, `${name}.connections`]),
    protocol: (_, { command }) =>
      command.name === "init" ? [...Object.keys(shippedProtocols), "message"] : [],
    reply: () => ["line", "crlf", "echo", "none"],
  };

/** The command that is typed, and what of it there is already. */
interface Place {
  readonly command: Command;
  readonly positionals: readonly string[];
  /** The scenario among them; null: none, or it is a module. */
  readonly file: string | null;
}

/** Names of a scenario's servers or workloads. */
function namesIn(kind: "servers" | "workloads", file: string | null): readonly string[] {
  return completeAssignment(`${kind}.`, file).map((path) => path.slice(kind.length + 1, -1));
}

const general: readonly Suggestion[] = [
  { text: "--help", about: "show help" },
  { text: "--version", about: "show the version" },
];

/**
 * @param words   after the program's name, up to the cursor; the last one is being typed and may be empty
 * @returns       those that begin with what is typed
 */
export function suggest(words: readonly string[], commands: readonly Command[]): Suggestion[] {
  const typed = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const all = suggestAll(typed, before, commands);
  return all.filter(({ text }) => text.startsWith(typed));
}

function suggestAll(
  typed: string,
  before: readonly string[],
  commands: readonly Command[],
): readonly Suggestion[] {
  const { command, positionals, option } = readWords(before, commands);
  if (command === null) {
    if (typed.startsWith("-")) return general;
    return commands.map(({ name, describe }) => ({ text: name, about: describe }));
  }
  const scenario = positionals.find((word) => /\.ya?ml$/.test(word));
  const place: Place = { command, positionals, file: scenario ?? null };
  if (option !== null) return valuesOf(option, typed, place);
  const assigned = /^--([^=]+)=(.*)$/s.exec(typed);
  if (assigned !== null) {
    const [, name = "", value = ""] = assigned;
    return valuesOf(name, value, place).map(({ text, about }) => ({
      text: `--${name}=${text}`,
      about,
    }));
  }
  if (typed.startsWith("-")) return optionsOf(command, before);
  return positionalsOf(typed, place);
}

/** @returns `option` is the one whose value is to be typed, or null */
function readWords(words: readonly string[], commands: readonly Command[]) {
  let command: Command | null = null;
  let option: string | null = null;
  const positionals: string[] = [];
  for (const word of words) {
    const name = /^--([^=]+)(=?)/.exec(word);
    if (name !== null) option = name[2] === "=" ? null : takingOption(name[1] ?? "", commands);
    else if (option !== null) {
      // A list goes on until the next option.
      if (!isOpenList(option, commands)) option = null;
    } else if (word.startsWith("-") && word !== "-") continue;
    else if (command === null) command = commands.find((one) => one.name === word) ?? null;
    else positionals.push(word);
  }
  return { command, positionals, option };
}

function optionNamed(name: string, commands: readonly Command[]): Options | undefined {
  return commands.find(({ options }) => Object.hasOwn(options, name))?.options[name];
}

function takingOption(name: string, commands: readonly Command[]): string | null {
  return optionNamed(name, commands)?.requiresArg === true ? name : null;
}

function isOpenList(name: string, commands: readonly Command[]): boolean {
  const option = optionNamed(name, commands);
  return option?.array === true && option.nargs === undefined;
}

function valuesOf(name: string, typed: string, place: Place): readonly Suggestion[] {
  const choices = place.command.options[name]?.choices;
  const texts = choices?.map(String) ?? valuesOfOption[name]?.(typed, place) ?? [];
  return texts.map((text) => ({ text, about: "" }));
}

/** Those that are not given yet, or may be given again. */
function optionsOf({ options }: Command, before: readonly string[]): readonly Suggestion[] {
  const given = new Set(before.map((word) => word.replace(/=.*/s, "")));
  const own = Object.entries(options)
    .filter(([name, { array }]) => array === true || !given.has(`--${name}`))
    .map(([name, { describe }]) => ({ text: `--${name}`, about: describe ?? "" }));
  return [...own, ...general];
}

const kindsOfPositional: Readonly<Record<string, RegExp>> = {
  scenario: fileKinds.scenario,
  result: fileKinds.result,
  baseline: fileKinds.result,
};

function positionalsOf(
  typed: string,
  { command: { name, positional }, positionals }: Place,
): readonly Suggestion[] {
  const plain = (texts: readonly string[]) => texts.map((text) => ({ text, about: "" }));
  if (name === "protocol") return protocolWords(typed, positionals);
  if (positional === null || (positionals.length > 0 && positional.several !== true)) return [];
  if (positional.choices !== undefined) return plain(positional.choices);
  const kind = kindsOfPositional[positional.name];
  return kind === undefined ? [] : plain(completePath(typed, kind));
}

function protocolWords(typed: string, [action, name]: readonly string[]): readonly Suggestion[] {
  if (action === undefined) {
    return [
      { text: "list", about: "the protocols that ship" },
      { text: "show", about: "the options of one" },
      { text: "test", about: "test one, alone or with a server" },
    ];
  }
  if (action === "list" || name !== undefined) return [];
  const shipped = Object.entries(shippedProtocols).map(([text, { about }]) => ({ text, about }));
  const modules = completePath(typed, /\.(?:[cm]?js|m?ts)$/);
  return [...shipped, ...modules.map((text) => ({ text, about: "" }))];
}
