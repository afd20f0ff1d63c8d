import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commands } from "../../../src/cli/command-line.ts";
import { answerShell } from "../../../src/cli/completion/answer.ts";
import { shellWords } from "../../../src/cli/completion/shell-words.ts";
import { suggest } from "../../../src/cli/completion/suggest.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const scenario = `version: 1
name: x
servers: { echo: { builtin: tcp-echo }, "my server": { builtin: tcp-sink } }
workloads:
  chat: { target: echo, pattern: request, message: { size: 64 }, duration: 1s }
  idle: { target: echo, pattern: hold, connections: 4 }
`;

const before = process.cwd();
beforeAll(() => {
  const folder = makeTempDir();
  mkdirSync(join(folder, "load"));
  for (const [name, text] of Object.entries({
    "x.yaml": scenario,
    "half.yaml": "workloads: { chat: [",
    "a.json": "{}",
    "key.pem": "",
    "my protocol.mts": "",
  })) {
    writeFileSync(join(folder, name), text);
  }
  process.chdir(folder);
});
afterAll(() => process.chdir(before));

const texts = (...words: string[]) => suggest(words, commands).map(({ text }) => text);

describe("suggestions", () => {
  test.each([
    [["co"], ["compare", "completion"]],
    [["--he"], ["--help"]],
    [
      ["load", ""],
      ["load/", "my protocol.mts", "x.yaml", "half.yaml"],
    ],
    [["load", "x.yaml", ""], []],
    [["check", "x.yaml", "h"], ["half.yaml"]],
    [
      ["report", ""],
      ["a.json", "load/"],
    ],
    [["compare", "a.json", "--with", "a.json", "a"], ["a.json"]],
    [
      ["load", "x.yaml", "--io", ""],
      ["auto", "node", "uring"],
    ],
    [["load", "x.yaml", "--io", "u"], ["uring"]],
    [["load", "x.yaml", "--io=u"], ["--io=uring"]],
    [["--quiet", "load", "x.yaml", "--juni"], ["--junit"]],
    [["load", "--junit", "--juni"], []],
    [["load", "--set", "a=1", "--se"], ["--set"]],
    [
      ["load", "x.yaml", "--set", "w"],
      ["workloads.", "workers="],
    ],
    [
      ["load", "x.yaml", "--set", "workloads."],
      ["workloads.chat.", "workloads.idle."],
    ],
    [
      ["load", "x.yaml", "--set", "workloads.chat.mess"],
      ["workloads.chat.message.", "workloads.chat.messages="],
    ],
    [
      ["load", "x.yaml", "--set", "workloads.idle.mess"],
      ["workloads.idle.message=", "workloads.idle.messages="],
    ],
    [["load", "x.yaml", "--set", "workloads.chat.message.si"], ["workloads.chat.message.size="]],
    [
      ["load", "x.yaml", "--set", "workloads.chat.noDelay="],
      ["workloads.chat.noDelay=true", "workloads.chat.noDelay=false"],
    ],
    [["load", "x.yaml", "--set=workloads.c"], ["--set=workloads.chat."]],
    [
      ["load", "half.yaml", "--set", "workloads.new.conne"],
      expect.arrayContaining(["workloads.new.connections=", "workloads.new.connectRate="]),
    ],
    [
      ["find-limit", "x.yaml", "--vary", "i"],
      ["idle.rate", "idle.connections"],
    ],
    [
      ["ab", "x.yaml", "--server", ""],
      ["echo", "my server"],
    ],
    [
      ["serve", "udp"],
      ["udp-echo", "udp-sink"],
    ],
    [["serve", "tcp-echo", "--key", "k"], ["key.pem"]],
    [
      ["protocol", ""],
      ["list", "show", "test"],
    ],
    [["protocol", "list", ""], []],
    [["protocol", "show", "ws"], []],
    [
      ["protocol", "test", "m"],
      ["memcached", "mqtt", "my protocol.mts"],
    ],
    [
      ["init", "--protocol", "me"],
      ["memcached", "message"],
    ],
    [
      ["completion", ""],
      ["bash", "zsh", "fish"],
    ],
    [["nonsense", "x"], []],
  ])("%j", (words, expected) => {
    const found = texts(...words);
    if (Array.isArray(expected)) expect(found.toSorted()).toEqual(expected.toSorted());
    else expect(found).toEqual(expected);
  });

  test("every command and every option of each is offered, and says what it does", () => {
    expect(texts("")).toEqual(commands.map(({ name }) => name));
    for (const { name, options } of commands) {
      const offered = suggest([name, "--"], commands);
      const wanted = [...Object.keys(options), "help", "version"].map((option) => `--${option}`);
      expect(offered.map(({ text }) => text)).toEqual(wanted);
      expect(offered.every(({ about }) => about !== "")).toBe(true);
    }
  });
});

test.each([
  ["slash8 load x", ["slash8", "load", "x"], false],
  ["slash8 load ", ["slash8", "load", ""], false],
  [`slash8 "a \\"b" c\\ d 'e`, ["slash8", 'a "b', "c d", "e"], true],
  ["cd x && slash8 lo", ["slash8", "lo"], false],
])("the words of %j", (line, words, isQuoted) => {
  expect(shellWords(line)).toEqual({ words, isQuoted });
});

describe("what shells are answered", () => {
  test.each([
    ["bash", ["lo", "slash8 lo"], "load\n"],
    ["bash", ["=", "slash8 load --io="], "auto\nnode\nuring\n"],
    ["bash", ["u", "slash8 load --io=u"], "uring\n"],
    ["bash", ["my", "slash8 load my"], "my\\ protocol.mts\n"],
    ["bash", ['"my', 'slash8 load "my'], "my protocol.mts\n"],
    ["zsh", ["plan", "--wire"], "--wireshark:write a Wireshark profile into this folder instead"],
    ["fish", ["load", "--hlo"], "--hlog\twrite an HdrHistogram interval log next to the result\n"],
    ["sh", ["lo"], ""],
  ])("%s %j", (shell, given, answer) => {
    expect(answerShell([shell, ...given], commands).slice(0, answer.length || 99)).toBe(answer);
  });
});
