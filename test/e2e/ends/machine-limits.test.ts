/** What the machine does not have is a message and exit status 3, not an internal failure. */
import { chmodSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { markedEnvironment, processesWithMark, untilGone } from "../../support/process-tree.ts";
import { isInstalled } from "../../support/programs.ts";
import { start, startCli } from "../../support/run-cli.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { testIo } from "../../support/test-io.ts";
import { echoScenario } from "../runs.ts";

const main = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));

test("a temporary folder that is not there", async () => {
  const cwd = makeTempDir();
  const answer = await startCli(["load", "-", "--io", testIo], {
    cwd,
    input: echoScenario(1),
    env: { TMPDIR: join(cwd, "missing") },
  }).finished;
  expect(answer.status).toBe(3);
  expect(answer.stderr).toMatch(/^slash8: the temporary folder \S+missing cannot be written/m);
  expect(answer.stderr).not.toContain("internal failure");
});

test.runIf(process.platform === "linux")(
  "what a killed run left is removed by the next",
  async () => {
    const folder = join(makeTempDir(), "tmp");
    mkdirSync(folder);
    const { mark, env } = markedEnvironment();
    const options = { cwd: folder, env: { ...env, TMPDIR: folder } };
    const killed = startCli(["load", "-", "--io", testIo], { ...options, input: echoScenario(60) });
    await killed.printed(/steady/);
    const [left = ""] = readdirSync(folder).filter((name) => name.startsWith("slash8-"));
    killed.kill("SIGKILL");
    await killed.finished;
    expect(await untilGone(() => processesWithMark(mark))).toEqual([]);
    expect(existsSync(join(folder, left))).toBe(true);
    const next = await startCli(["load", "-", "--io", testIo], {
      ...options,
      input: echoScenario(1),
    }).finished;
    expect(next.stderr).not.toContain("internal failure");
    expect(existsSync(join(folder, left))).toBe(false);
  },
);

const canLimit =
  process.platform === "linux" &&
  process.getuid?.() === 0 &&
  isInstalled("setpriv") &&
  isInstalled("prlimit");

test.runIf(canLimit)("a user who may have no more processes", async () => {
  const cwd = makeTempDir();
  const out = makeTempDir();
  chmodSync(out, 0o777);
  // As a user of no other program, who may have what the command itself takes and hardly more.
  const user = ["setpriv", "--reuid=64123", "--regid=64123", "--clear-groups"];
  const script = `const { spawnSync } = require("node:child_process");
const args = ${JSON.stringify([...user.slice(1), "prlimit", "--nproc=24", process.execPath, main, "load", "-", "--io", testIo, "--out", out])};
const { status, stdout, stderr } = spawnSync("setpriv", args, { input: ${JSON.stringify(echoScenario(1))} });
process.stdout.write(stdout); process.stderr.write(stderr); process.exit(status ?? 1);`;
  const answer = await start(["-e", script], { cwd }).finished;
  expect(answer.status).toBe(3);
  expect(answer.stderr).toMatch(/this user may have 24 \(RLIMIT_NPROC\)/);
});
