/** The scripts in the shells themselves, where these are installed. */
import { spawnSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { completionScripts, type Shell } from "../../../src/cli/completion/scripts.ts";
import { isInstalled } from "../../support/programs.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const main = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));
let folder = "";

beforeAll(() => {
  folder = makeTempDir();
  writeFileSync(join(folder, "slash8"), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`);
  chmodSync(join(folder, "slash8"), 0o755);
  writeFileSync(join(folder, "a b.yaml"), "workloads: { chat: {} }");
  for (const [shell, script] of Object.entries(completionScripts)) {
    writeFileSync(join(folder, `script.${shell}`), script);
  }
});

/** What a shell prints for a text of its own. */
function run(shell: Shell, args: readonly string[], text: string): string[] {
  const { stdout, stderr } = spawnSync(shell, [...args, "-c", text], {
    cwd: folder,
    encoding: "utf8",
    timeout: 60_000,
    env: { ...process.env, HOME: folder, PATH: `${folder}${delimiter}${process.env.PATH}` },
  });
  expect(stderr).toBe("");
  return stdout.trimEnd().split("\n");
}

describe.runIf(isInstalled("bash"))("bash (skipped where it is not installed)", () => {
  test.each([
    ["slash8 lo", ["slash8", "lo"], ["load"]],
    ["slash8 load a", ["slash8", "load", "a"], ["a\\ b.yaml"]],
    ["slash8 load --io=", ["slash8", "load", "--io", "="], ["auto", "node", "uring"]],
    [
      "slash8 load 'a b.yaml' --set workloads.",
      ["slash8", "load", "'a b.yaml'", "--set", "workloads."],
      ["workloads.chat."],
    ],
  ])("%s", (line, words, expected) => {
    // As bash sets them where Tab is pressed at the end of the line.
    const quoted = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
    const text = `source script.bash
      COMP_WORDS=(${quoted}) COMP_CWORD=${words.length - 1}
      COMP_LINE='${line.replaceAll("'", "'\\''")}' COMP_POINT=${line.length}
      _slash8 slash8
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    expect(run("bash", ["--norc", "--noprofile"], text)).toEqual(expected);
  });
});

describe.runIf(isInstalled("fish"))("fish (skipped where it is not installed)", () => {
  test.each([
    ["slash8 lo", ["load\trun a scenario"]],
    ["slash8 load a", ["a b.yaml"]],
    ["slash8 load --io=", ["--io=auto", "--io=node", "--io=uring"]],
    ["slash8 load 'a b.yaml' --set workloads.", ["workloads.chat."]],
  ])("%s", (line, expected) => {
    const text = `source script.fish; complete -C "${line}"`;
    expect(run("fish", ["--no-config"], text)).toEqual(expected);
  });
});

describe.runIf(isInstalled("zsh"))("zsh (skipped where it is not installed)", () => {
  test.each([
    ["slash8 completion ba", "sh"],
    ["slash8 load a", "\\ b.yaml"],
    ["slash8 load a\\ b.yaml --set workloads.ch", "at."],
  ])("%s", (line, completed) => {
    // A terminal of its own in which Tab is pressed: until what is missing of the line has been put there.
    const text = `zmodload zsh/zpty
      zpty z zsh -f -i
      zpty -w z 'PS1=; autoload -U compinit; compinit -u -D; source script.zsh; bindkey "^I" complete-word; echo REA""DY'
      zpty -r z shown '*READY*'
      zpty -w -n z ${JSON.stringify(line)}$'\\t'
      zpty -r z shown ${JSON.stringify(`*${completed.replaceAll("\\", "\\\\")}*`)}
      zpty -d z
      print -r -- done`;
    expect(run("zsh", ["-f"], text)).toEqual(["done"]);
  });
});
