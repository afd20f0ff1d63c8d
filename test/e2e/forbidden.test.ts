/** Where io_uring is forbidden, as in most containers. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { markedEnvironment, processesWithMark, untilGone } from "../support/process-tree.ts";
import { start } from "../support/run-cli.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { echoScenario, resultOf } from "./runs.ts";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const without = fileURLToPath(new URL("../support/without-uring.js", import.meta.url));

/** What a filter lets io_uring_setup fail with, and the words for it. */
const forbidden = { errno: 1, words: /io_uring is forbidden here|kernel\.io_uring_disabled is/ };
const hidden = { errno: 38, words: /this kernel is built without io_uring, or a sandbox hides it/ };

/** The built command, where io_uring_setup fails so; in a folder with a small scenario. */
function startWithout(errno: number, args: readonly string[], more = "") {
  const cwd = makeTempDir();
  writeFileSync(join(cwd, "run.yaml"), echoScenario(1, more));
  const { mark, env } = markedEnvironment();
  const cli = start([without, String(errno), main, ...args], { cwd, env });
  onTestFinished(async () => {
    for (const line of processesWithMark(mark)) kill(Number.parseInt(line, 10));
    expect(await untilGone(() => processesWithMark(mark))).toEqual([]);
  });
  return { cwd, cli };
}

/** It may have ended since it was seen, with the one before it. */
function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

describe.skipIf(process.platform !== "linux")("where io_uring is refused by the kernel", () => {
  test.each([
    { ...forbidden, args: [], more: "" },
    { ...hidden, args: ["--io", "auto"], more: "io: auto\n" },
  ])("a run goes over Node's sockets: $words", async ({ errno, words, args, more }) => {
    const run = startWithout(errno, ["load", "run.yaml", "--workers", "2", ...args], more);
    const answer = await run.cli.finished;
    expect(answer.status).toBe(0);
    const notices = answer.stderr.split("\n").filter((line) => line.includes("io_uring"));
    expect(notices).toEqual([expect.stringMatching(words)]);
    expect(notices[0]).toMatch(/^slash8: .*io node/);
    const result = resultOf(run.cwd, answer);
    expect(result.run).toMatchObject({ io: "node", outcome: "pass", workers: 2 });
    expect(result.run.ioObstacle).toMatch(words);
    const { chat } = result.workloads;
    expect(chat?.exchanges.received).toBeGreaterThan(0);
    expect(chat?.errors).toEqual([]);
  });

  test("a plan says so too, and nothing where --io node is asked for", async () => {
    const { errno, words } = forbidden;
    const auto = await startWithout(errno, ["plan", "run.yaml"]).cli.finished;
    expect(auto.status).toBe(0);
    expect(auto.stderr).toMatch(words);
    const node = await startWithout(errno, ["plan", "run.yaml", "--io", "node"]).cli.finished;
    expect(node.status).toBe(0);
    expect(node.stdout + node.stderr).not.toContain("io_uring");
  });

  test.each([
    ["load", "run.yaml"],
    ["plan", "run.yaml"],
    ["serve", "tcp-echo", "--listen", "127.0.0.1:0"],
  ])("%s --io uring exits 3 and says what to do", async (...args) => {
    const { errno, words } = forbidden;
    const answer = await startWithout(errno, [...args, "--io", "uring"]).cli.finished;
    expect(answer.status).toBe(3);
    expect(answer.stdout).toBe("");
    expect(answer.stderr).toMatch(/^slash8: io uring cannot be used: /);
    expect(answer.stderr).toMatch(words);
    expect(answer.stderr).toMatch(/^what to do: .*--io node/m);
  });

  test("a server alone runs over Node's sockets, and says why", async () => {
    const listen = ["--listen", "127.0.0.1:0"];
    const { cli } = startWithout(forbidden.errno, ["serve", "tcp-echo", ...listen]);
    await cli.printed(/^listening on 127\.0\.0\.1:\d+$/m);
    expect(cli.stderr().trim().split("\n")).toEqual([expect.stringMatching(forbidden.words)]);
  });

  test("doctor says so", async () => {
    const { stdout, status } = await startWithout(forbidden.errno, ["doctor"]).cli.finished;
    expect(status).toBe(0);
    expect(stdout).toMatch(/sockets use the portable path/);
    expect(stdout).toMatch(forbidden.words);
    const json = await startWithout(hidden.errno, ["doctor", "--json"]).cli.finished;
    const diagnosis = JSON.parse(json.stdout);
    expect(diagnosis.io).toBe("node");
    expect(diagnosis.ioObstacle).toMatch(hidden.words);
  });
});
