import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { freePort } from "./ports/free-port.ts";
import { ownPort, ownPortCount } from "./ports/own-ports.ts";
import { descendantsOf, markedEnvironment, processesWithMark, untilGone } from "./process-tree.ts";
import { start } from "./run-cli.ts";
import { makeTempDir, removeTempDirs } from "./temp-dir.ts";

test("a program's status, output, input, variables and folder come through", async () => {
  const cwd = makeTempDir();
  const text = `process.stdin.on("data", (data) => console.log(data + process.env.ADDED + process.cwd()));
    process.stdin.on("end", () => { console.error("end"); process.exitCode = 7; });`;
  const answer = await start(["-e", text], { input: "in ", env: { ADDED: "and " }, cwd }).finished;
  expect(answer).toEqual({ status: 7, signal: null, stdout: `in and ${cwd}\n`, stderr: "end\n" });
});

test("input that nobody reads does no harm", async () => {
  const answer = await start(["-e", "process.exit(3)"], { input: "x".repeat(2 ** 22) }).finished;
  expect(answer.status).toBe(3);
});

test("a program can be watched and signalled", async () => {
  const program = start(["-e", 'console.log("ready"); setInterval(() => {}, 1000);']);
  await program.printed(/ready/);
  program.kill("SIGTERM");
  expect(await program.finished).toMatchObject({ status: null, signal: "SIGTERM" });
  await expect(program.printed(/more/)).rejects.toThrow("ended without printing /more/");
});

test("a program that takes too long is killed, and what it said is told", async () => {
  const program = start(["-e", 'console.log("stuck"); setInterval(() => {}, 1000);'], {
    timeoutMs: 500,
  });
  await expect(program.finished).rejects.toThrow(/killed after 500 ms[\s\S]*stuck/);
  expect(await untilGone(() => descendantsOf(process.pid).filter(isOf(program.pid)))).toEqual([]);
});

test("children, grandchildren and orphans are found, and the dead are not", async () => {
  const { mark, env } = markedEnvironment();
  const sleeper = `setInterval(() => {}, 1000)`;
  const parent = `const { spawn } = require("node:child_process");
    const child = spawn(process.execPath, ["-e", ${JSON.stringify(sleeper)}], { stdio: "ignore" });
    console.log("child " + child.pid); setInterval(() => {}, 1000);`;
  const program = start(["-e", parent], { env });
  await program.printed(/child \d+\n/);
  const child = Number(/child (\d+)/.exec(program.stdout())?.[1]);
  try {
    expect(descendantsOf(program.pid).some(isOf(child))).toBe(true);
    const ours = descendantsOf(process.pid);
    expect(ours.findIndex(isOf(program.pid))).toBeLessThan(ours.findIndex(isOf(child)));
    expect(ours.some(isOf(program.pid))).toBe(true);
    // The child gets its own environment after its own pid.
    await expect.poll(() => processesWithMark(mark).length).toBe(2);

    program.kill("SIGKILL");
    await program.finished;
    expect(await untilGone(() => descendantsOf(program.pid))).toEqual([]);
    expect(processesWithMark(mark).map((line) => Number.parseInt(line, 10))).toEqual([child]);
    expect(await untilGone(() => processesWithMark(mark), 50)).toHaveLength(1);
  } finally {
    process.kill(child, "SIGKILL");
  }
  expect(await untilGone(() => processesWithMark(mark))).toEqual([]);
});

test("a free port can be listened on, for either protocol", async () => {
  const port = await freePort();
  await new Promise<void>((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(port, "127.0.0.1", () => server.close(() => resolve()));
  });
  expect(await freePort("udp")).toBeGreaterThan(0);
});

test("ports of one's own are claimed: another process of tests takes others", async () => {
  const claimed = ownPort(-1);
  const server = createServer();
  const refused = once(server, "error");
  server.listen(claimed, "127.90.0.1");
  const [error] = await refused;
  expect(error).toMatchObject({ code: "EADDRINUSE" });
  expect(ownPort(ownPortCount)).toBeLessThan(32_768);
});

test("folders are there until they are removed together", () => {
  const folders = [makeTempDir(), makeTempDir()];
  expect(folders.map((folder) => existsSync(folder))).toEqual([true, true]);
  removeTempDirs();
  expect(folders.map((folder) => existsSync(folder))).toEqual([false, false]);
});

/** Whether a line "pid command" is of this process. */
function isOf(pid: number): (line: string) => boolean {
  return (line) => Number.parseInt(line, 10) === pid;
}
