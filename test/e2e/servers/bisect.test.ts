import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeRepository } from "../../cli/bisect/repository.ts";
import { freePort } from "../../support/ports/free-port.ts";
import { runCli } from "../../support/run-cli.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

/** Answers a message after as many turns of a loop as `work` says. */
const server = (port: number, work: number) => `import { createServer } from "node:net";
let sink = 0;
createServer((socket) => {
  socket.on("error", () => {});
  socket.on("data", (data) => {
    for (let turn = 0; turn < ${work}; turn++) sink = (sink * 31 + turn) | 0;
    socket.write(data);
  });
}).listen(${port}, "127.0.0.1");
`;

test("the commit that made a server many times slower is found, and nothing is left behind", async () => {
  const port = await freePort();
  const { folder, git, commit } = makeRepository();
  commit("Fast", { "server.mjs": server(port, 1000) });
  commit("Slow", { "server.mjs": server(port, 20_000_000) });
  const cwd = makeTempDir();
  writeFileSync(
    join(cwd, "x.yaml"),
    `version: 1
name: bisected
servers:
  echo: { command: "'${process.execPath}' built.mjs", listen: "127.0.0.1:${port}" }
workloads:
  chat:
    target: echo
    pattern: request
    connections: 1
    message: { size: 8 }
    framing: { fixed: 8 }
    duration: 300ms
    timeout: 20s
gates: [chat.responseTime.p50 < 1ns]
`,
  );
  const { status, stdout, stderr } = await runCli(
    [
      ...["bisect", "x.yaml", "--good", "HEAD~1", "--repository", folder, "--out", "out"],
      ...["--build", "cp server.mjs built.mjs", "--confidence", "90%"],
      ...["--metric", "chat.serviceTime.p50"],
    ],
    { cwd, timeoutMs: 230_000 },
  );
  expect(stderr).toMatch(/1 commits? from .* to /);
  expect(stdout).toContain(`FOUND: ${git("rev-parse", "HEAD")} is the first slower commit`);
  expect(stdout).toContain("\n  Slow\n  A. Author, ");
  expect(status).toBe(0);
  const record = JSON.parse(readFileSync(join(cwd, "out", "bisect.json"), "utf8"));
  expect(record.answer).toMatchObject({ kind: "found", commit: 1 });
  expect(record.runs.length).toBeGreaterThanOrEqual(12);
  expect(git("worktree", "list").split("\n")).toHaveLength(1);
  expect(git("status", "--porcelain")).toBe("");
}, 240_000);
