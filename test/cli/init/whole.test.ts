/** `slash8 init` from its flags to files, with a first run of a server that it starts. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { freePort } from "../../support/ports/free-port.ts";
import { runCli } from "../../support/run-cli.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const main = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));

test("a first run shows figures and sets the gates", async () => {
  const cwd = makeTempDir();
  const place = `127.0.0.1:${await freePort()}`;
  const command = `"${process.execPath}" "${main}" serve tcp-echo --listen ${place}`;
  const args = [
    "--command",
    command,
    "--target",
    place,
    "--protocol",
    "message",
    "--reply",
    "echo",
  ];
  const { status, stdout, stderr } = await runCli(["init", ...args, "--name", "echo"], { cwd });
  expect(stdout).toMatch(/clients +20 +\d/);
  expect(stdout).toContain("wrote load/echo.yaml\nwrote .github/workflows/slash8.yml\n");
  expect(status, stderr).toBe(0);
  expect(readdirSync(cwd).toSorted()).toEqual([".github", "load"]);
  const text = readFileSync(join(cwd, "load/echo.yaml"), "utf8");
  const gates = [...text.matchAll(/^ {2}- (.*)$/gm)].map(([, gate]) => gate);
  expect(gates.slice(0, 4)).toEqual([
    "clients.errors == 0",
    "clients.connections.peak >= 20",
    "clients.exchanges.timedOut == 0",
    "clients.exchanges.received / clients.exchanges.offered >= 99%",
  ]);
  // On a machine that is too busy for times to mean anything there is a word in place of a limit.
  if (/The first run was invalid or disturbed/.test(text)) expect(gates).toHaveLength(4);
  else expect(gates[4]).toMatch(/^clients\.responseTime\.p99 < \d+m?s$/);
  expect((await runCli(["check", "load/echo.yaml"], { cwd })).status).toBe(0);
});
