import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { transformSync } from "@swc/wasm-typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packageFile } from "../../../src/base/package-file.ts";
import { listText, showText } from "../../../src/cli/protocol/protocol-text.ts";
import { defineProtocol } from "../../../src/protocols/protocol.ts";
import { chatModule, chatServer } from "../../support/chat-module.ts";
import type { RawServer } from "../../support/raw-servers.ts";
import { runCli } from "../../support/run-cli.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { runHere } from "../run-here.ts";

const cwd = makeTempDir();
// Without types, and with the package by its path: in this process nobody removes the ones and finds the other.
const chat = transformSync(chatModule(), { mode: "strip-only", module: true }).code.replace(
  "slash8/protocol",
  packageFile("dist/protocols/define.js").href,
);
writeFileSync(join(cwd, "chat.mjs"), chat);
writeFileSync(
  join(cwd, "broken.mjs"),
  chat.replace("at === end ? incomplete : at + 1", "at === end ? end : at + 1"),
);
writeFileSync(
  join(cwd, "throws.mts"),
  chatModule().replace("return head + end - start + 1;", 'throw new Error("on purpose");'),
);

let server: RawServer;
let against: string;
beforeAll(async () => {
  server = await chatServer();
  against = `tcp://127.0.0.1:${server.endpoint.port}`;
});
afterAll(() => server[Symbol.asyncDispose]());

const run = (...args: string[]) => runHere(["protocol", ...args], { cwd });

describe("slash8 protocol test", () => {
  test("the chat of the documents is right, alone and with a server", async () => {
    const alone = await run("test", "./chat.mjs", "--option", "room=3");
    expect(alone).toMatchObject({ status: 0, stderr: "" });
    expect(alone.stdout).toMatch(/^RIGHT {2}\.\/chat\.mjs: its parts and what it writes/);
    const spoken = await run(
      "test",
      "./chat.mjs",
      "--option",
      "room=3",
      "--against",
      against.replace("127.0.0.1", "localhost"),
      "--exchanges",
      "12",
    );
    expect(spoken.status).toBe(0);
    expect(spoken.stdout).toMatch(/ ms {2}-> opening {2}"JOIN 3\\n"\n/);
    expect(spoken.stdout).toMatch(/ ms {2}<- reply {4}"SAID 0\\n", to request 1\n/);
    expect(spoken.stdout).toMatch(
      / ms {2}<- error {4}"FAIL 9 MUTED\\n", to request 10 {2}CHAT_MUTED\n/,
    );
    expect(spoken.stdout).toContain("and its bytes in every chunking");
  });

  test("reads TypeScript, and names the line of what throws", async () => {
    const words = ["protocol", "test", "./throws.mts", "--option", "room=3"];
    const { status, stdout } = await runCli(words, { cwd });
    expect(stdout.replaceAll(/\s+/g, " ")).toMatch(
      /^WRONG .*protocol \.\/throws\.mts: write threw Error: on purpose \(\S*throws\.mts:27:\d+\)/,
    );
    expect(status).toBe(1);
  });

  test.each([
    [
      "a parser that depends on chunks",
      ["test", "./broken.mjs", "--option", "room=3", "--against", "AGAINST"],
      /in chunks of 1 byte: (?:message|protocol)/,
    ],
    [
      "a connection that is refused",
      ["test", "./chat.mjs", "--option", "room=13", "--against", "AGAINST"],
      /opening: the server refused it \(CHAT_FULL\)/,
    ],
    ["an option that is missing", ["test", "./chat.mjs"], /option room is missing: which room/],
  ] as const)("finds %s", async (_, args, message) => {
    const { status, stdout } = await run(...args.map((one) => (one === "AGAINST" ? against : one)));
    expect(stdout.replaceAll(/\s+/g, " ")).toMatch(message);
    expect(stdout).toMatch(/^WRONG/m);
    expect(status).toBe(1);
  });

  test.each([
    [["tset", "./chat.mjs"], 'there is no such thing to do; did you mean "test"?'],
    [["test"], "which protocol? slash8 protocol test NAME, or the path of a module"],
    [["list", "mqtt"], "protocol list takes no mqtt"],
    [["test", "./chta.mjs"], "./chta.mjs: there is no such file"],
    [["test", "no-such"], 'no protocol "no-such"'],
    [["test", "websoket"], 'no protocol "websoket"; did you mean "websocket"?\n'],
    [["test", "./chat.mjs", "--option", "rom=3"], 'has no option "rom"; did you mean "room"?'],
    [["test", "./chat.mjs", "--option", "room=0"], "expected an integer from 1 to 999, got 0"],
    [["test", "./chat.mjs", "--option", "room"], "--option room: write name=value"],
    [["test", "./chat.mjs", "--against", "127.0.0.1:1"], "write tcp://ADDRESS:PORT or udp://"],
    [
      ["test", "./chat.mjs", "--against", "tcp://127.0.0.1:0"],
      "name one address and a port from 1",
    ],
    [["test", "./chat.mjs", "--against", "tcp://192.0.2.1:1"], "is not a loopback address"],
  ])("%j says what to do", async (args, message) => {
    const { status, stderr } = await run(...args);
    expect(stderr).toContain(message);
    expect(status).toBe(2);
  });
});

describe("slash8 protocol show and list", () => {
  const protocol = defineProtocol({
    about: "a chat",
    over: ["tcp", "udp"],
    options: {
      room: { type: "integer", least: 1, most: 9, about: "which room" },
      tone: { type: "choice", choices: ["loud", "quiet"], about: "how", default: "loud" },
      names: { type: "list", about: "who", default: null },
    },
    message: { about: "what is said", default: "hello" },
    create: () => ({ reset() {} }),
  });

  test("show its options, its message and a workload", () => {
    expect(showText("chat", protocol)).toBe(`chat: a chat
over TCP and UDP

message: what is said

room: an integer from 1 to 9 (required)
    which room
tone: one of loud, quiet (default: "loud")
    how
names: a text or a list of texts (default: none)
    who

in a workload:
    protocol: { chat: { room: 1 } }
    message: "hello"`);
  });

  test("list them, a line each", () => {
    expect(listText({ chat: protocol, news: { ...protocol, over: ["udp"] } })).toBe(
      "chat  TCP, UDP  a chat\nnews  UDP       a chat",
    );
  });

  test("show a module's", async () => {
    const { status, stdout } = await run("show", "./chat.mjs");
    expect(stdout).toContain("./chat.mjs: a chat of lines");
    expect(status).toBe(0);
  });
});
