import { describe, expect, test } from "vitest";
import { arrangeArguments } from "../../../src/cli/arguments/arrange.ts";
import type { Command } from "../../../src/cli/arguments/command.ts";
import { dash } from "../../../src/cli/arguments/dash.ts";

const command = (name: string, options: Command["options"]): Command => ({
  name,
  positional: null,
  describe: "",
  options,
  examples: [],
  run: async () => 0,
});
const value = { type: "string", requiresArg: true } as const;
const flag = { type: "boolean" } as const;
const commands = [
  command("load", { out: value, quiet: flag, verbose: flag, ui: { type: "string" } }),
  command("plan", { json: flag }),
];

describe("arguments are arranged", () => {
  test.each([
    ["load x", "load x"],
    ["--quiet load x", "load x --quiet"],
    ["--out a.json --quiet load x --json", "load x --json --out a.json --quiet"],
    ["--out=a.json load x", "load x --out=a.json"],
    ["--ui load x", "load x --ui"],
    ["--out load load x", "load x --out load"],
    ["-h", "--help"],
    ["-h load", "load --help"],
    ["load -h", "load --help"],
    ["load x -h", "load x --help"],
    ["-v", "--version"],
    ["-v load", "load --version"],
    ["load -v", "load --version"],
    ["load --out a.json -v", "load --out a.json --version"],
    ["load x -v", "load x --verbose"],
    ["load -v x", "load --verbose x"],
    ["-v load x", "load x --verbose"],
    ["load - -v", "load DASH --verbose"],
    ["load x - -- -", "load x DASH -- DASH"],
    ["--out - load -", "load DASH --out -"],
    ["plan x -v", "plan x --version"],
    ["--quiet load x -- -v", "load x --quiet -- -v"],
    ["no-such -v", "no-such --version"],
    ["--quiet", "--quiet"],
    ["", ""],
  ])("%s", (given, arranged) => {
    const words = given === "" ? [] : given.split(" ");
    const named = arrangeArguments(words, commands).map((word) => (word === dash ? "DASH" : word));
    expect(named.join(" ")).toBe(arranged);
  });
});
