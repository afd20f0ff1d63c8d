/** What comes out of files and servers' logs does not act on the terminal. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCli } from "../support/run-cli.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { echoScenario, resultOf, startLoad } from "./runs.ts";

/** An escape character, or what some terminals take for one. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
const acting = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/;

test("a server's log is printable where it is quoted", async () => {
  const server = `console.log("\\x1b]0;owned\\x07\\x1b[31mout of \\x1b[1mmemory\\x1b[0m \\x07");
process.exit(3);
`;
  const scenario = echoScenario(1).replace(
    /\{ builtin.*\}/,
    '{ command: [node, server.cjs], listen: "127.0.0.1:1", ready: { delay: 200s } }',
  );
  const run = startLoad(scenario, [], { "server.cjs": server });
  const answer = await run.finished();
  expect(answer.stderr).toContain("out of memory \\x07");
  expect(answer.stderr).not.toMatch(acting);
});

test("what a server said before it ended during the run is printable, in the result as well", async () => {
  const server = `const server = require("node:net").createServer((socket) => {
  socket.on("error", () => {});
  socket.on("data", () => {
    console.log("\\x1b[31mout of \\x1b[1mmemory\\x1b[0m \\x07");
    process.exit(3);
  });
}).listen(0, "127.0.0.1", () => console.log("port " + server.address().port));
`;
  const relay = echoScenario(20).replace(
    /\{ builtin.*\}/,
    '{ command: [node, server.cjs], listen: "127.0.0.1:23430", ready: { output: "^port" } }',
  );
  const run = startLoad(relay, [], { "server.cjs": server.replace("listen(0", "listen(23430") });
  const answer = await run.finished();
  expect(answer.stdout + answer.stderr).toContain("out of memory \\x07");
  expect(answer.stdout + answer.stderr).not.toMatch(acting);
  expect(resultOf(run.cwd, answer).run.reasons.join("\n")).toContain("out of memory \\x07");
});

test.each(["export", "report"])(
  "%s refuses a hostile result without acting on it",
  async (command) => {
    const path = join(makeTempDir(), "hostile.json");
    const sequence = "\x1b]0;owned\x07\x1b[2J";
    const parts = { scenario: {}, host: {}, run: {}, servers: {}, gates: [] };
    const workloads = { [`${sequence}chat`]: 1 };
    writeFileSync(path, JSON.stringify({ schemaVersion: 2, tool: {}, ...parts, workloads }));
    const answer = await runCli([command, path, ...(command === "export" ? ["--csv"] : [])]);
    expect(answer.status).toBe(2);
    expect(answer.stderr).toContain("the file is damaged, or another program wrote it");
    expect(answer.stderr).not.toMatch(acting);
  },
);
