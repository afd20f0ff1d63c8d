import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeTempDir } from "../support/temp-dir.ts";
import { testIo } from "../support/test-io.ts";

const library = new URL("../../dist/api/index.js", import.meta.url).href;

/** Two runs at once, one that cannot be made, and one whose server is closed under it: then the program ends by itself. */
const program = `
import { createServer } from "node:net";
import { createSocket } from "node:dgram";
import { run, ScenarioError, UserError } from ${JSON.stringify(library)};

const listeners = () => ["SIGINT", "SIGTERM", "SIGHUP", "exit", "uncaughtException"].map((name) => process.listenerCount(name));
const before = listeners();
const chat = { pattern: "request", connections: 2, message: "hello\\n", framing: "echo", rate: "50/s", duration: "1s", timeout: "200ms" };
const scenario = (target, more = {}) => ({ version: 1, name: "process", workloads: { chat: { ...chat, target, ...more } } });
const io = ${JSON.stringify(testIo)};
const echo = () => createServer((socket) => socket.on("error", () => {}).pipe(socket)).listen(0, "127.0.0.1");
const socket = createSocket("udp4", (message, { port, address }) => socket.send(message, port, address));
await new Promise((resolve) => socket.bind(0, "127.0.0.1", resolve));
const results = await Promise.all([
  run(scenario(echo, { sources: "127.25.2.0/24" }), { io }),
  run(scenario(socket, { sources: "127.25.3.0/24", framing: undefined, expect: "echo" }), { io }),
]);
socket.close();
const error = await run(scenario("tcp://127.0.0.1:1", { rate: "5" })).catch((error) => error);
const local = createServer().listen(process.argv[2]);
const refused = await run(scenario(local), { io }).catch((error) => error);
local.close();
console.log(JSON.stringify({
  received: results.map(({ workloads }) => workloads.chat.exchanges.received > 0),
  shared: results.map(({ run }) => run.sharedEventLoop.servers),
  error: [error instanceof ScenarioError, error instanceof UserError, error.code],
  refused: refused.message,
  listeners: String(listeners()) === String(before),
}));
process.exitCode = 7;
`;

test("runs print nothing, leave nothing, handle no signals, and let the program end", () => {
  const folder = makeTempDir();
  const temporary = makeTempDir();
  const path = join(folder, "unix.sock");
  writeFileSync(join(folder, "program.mjs"), program);
  const { status, stdout, stderr } = spawnSync(process.execPath, ["program.mjs", path], {
    cwd: folder,
    env: { ...process.env, TMPDIR: temporary },
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual({
    received: [true, true],
    shared: [["workloads.chat.target"], ["workloads.chat.target"]],
    error: [true, true, "scenario"],
    refused: `scenario: workloads.chat.target: the server listens on the Unix socket ${path}: slash8 needs a TCP port, as after server.listen(0, "127.0.0.1")`,
    listeners: true,
  });
  expect(status).toBe(7);
  expect(readdirSync(temporary)).toEqual([]);
  expect(readdirSync(folder)).toEqual(["program.mjs"]);
});
