import { expect, test } from "vitest";
import { exitStatus } from "../../../src/base/errors.ts";
import type { Command } from "../../../src/cli/arguments/command.ts";
import { usageError } from "../../../src/cli/arguments/usage-error.ts";

function command(name: string, options: readonly string[], missing: string | null): Command {
  return {
    name,
    positional: missing === null ? null : { name: "scenario", describe: "", missing },
    describe: "",
    options: {
      ...Object.fromEntries(options.map((option) => [option, {}])),
      out: { type: "string", requiresArg: true },
      metrics: { type: "string" },
    },
    examples: [],
    run: async () => exitStatus.pass,
  };
}

const commands = [
  command("load", ["out", "quiet", "json"], "which scenario?"),
  command("doctor", ["json"], null),
];

test.each([
  [["lod", "x"], "Did you mean load?", 'unknown command: lod; did you mean "load"?', ""],
  [["xyzzy"], "Unknown argument: xyzzy", "unknown option: --xyzzy", ""],
  [["xyzzy"], "Unknown command: xyzzy", "unknown command: xyzzy; known: load, doctor", ""],
  [["load"], "Not enough non-option arguments: got 0", "which scenario?", "load "],
  [
    ["load", "--quite", "a.yaml"],
    "Not enough non-option arguments: got 0, need at least 1",
    "unknown option: --quite; did you mean --quiet?",
    "load ",
  ],
  [["load", "--out=x"], "Not enough non-option arguments: got 0", "which scenario?", "load "],
  [
    ["load", "--metrics", "a.yaml"],
    "Not enough non-option arguments: got 0",
    "which scenario?\n--metrics took a.yaml for its value: put --metrics at the end",
    "load ",
  ],
  [
    ["load", "--metrics", "--out", "x"],
    "Not enough non-option arguments: got 0",
    "which scenario?",
    "load ",
  ],
  [["load", "a", "b"], "Unknown command: b", "unexpected argument: b", "load "],
  [
    ["load", "a", "--quite", "-q"],
    "Unknown arguments: quite, q",
    "unknown option: --quite; did you mean --quiet?\nunknown option: -q",
    "load ",
  ],
  [
    ["doctor", "--jsn"],
    "Unknown argument: jsn",
    "unknown option: --jsn; did you mean --json?",
    "doctor ",
  ],
  [["load", "--out"], "Not enough arguments following: out", "--out needs a value", "load "],
  [
    ["load", "x"],
    'Invalid values:\n  Argument: server, Given: "tcp-ecko", Choices: "tcp-echo", "udp-echo"',
    'unknown server: tcp-ecko; did you mean "tcp-echo"?',
    "load ",
  ],
  [["load", "x"], "--workers x: give a whole number", "--workers x: give a whole number", "load "],
])("%j", (args, message, text, help) => {
  const error = usageError(message, args, commands);
  expect(error.message).toBe(`${text}\ntry: slash8 ${help}--help`);
  expect(error.status).toBe(exitStatus.usage);
});
