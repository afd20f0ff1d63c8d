import { fork, spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCli } from "../support/run-cli.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const module = new URL("../../dist/base/debug.js", import.meta.url).href;

const some: [sections: string, run: boolean, agent: boolean][] = [
  ["run", true, false],
  ["run,agent", true, true],
  [" AGENT , plan", false, true],
  ["*", true, true],
  ["r*", true, false],
  ["*gen*", false, true],
  ["ru", false, false],
  ["r.n", false, false],
];
const none = [undefined, "", " , "];

/**
 * What a program prints that logs to two sections, by what SLASH8_DEBUG says. The module reads it once: one process
 * loads it again for each.
 */
function printed(all: readonly (string | undefined)[]): string[] {
  const program = `
    import { writeSync } from "node:fs";
    for (const [index, sections] of ${JSON.stringify(all.map((one) => one ?? null))}.entries()) {
      if (sections === null) delete process.env.SLASH8_DEBUG;
      else process.env.SLASH8_DEBUG = sections;
      const { debugForChild, debugLog } = await import(${JSON.stringify(module)} + "?" + index);
      const [run, agent] = [debugLog("run"), debugLog("agent")];
      run("state: %s, %j", "steady", { a: 1 });
      agent("received %d", 7);
      for (const stream of [1, 2]) {
        const enabled = [run.enabled, agent.enabled, debugForChild(5).files.length].join(" ");
        writeSync(stream, (stream === 1 ? enabled + "\\n" : "") + "===");
      }
    }
  `;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--input-type=module", "--eval", program],
    { env: { ...process.env, SLASH8_DEBUG: undefined }, encoding: "utf8" },
  );
  const [out, logged] = [stdout.split("==="), stderr.split("===")];
  return all.map((_, index) => `${out[index]}${logged[index]}`);
}

const runLine = /^\d+\.\d{6} run \d+: state: steady, \{"a":1\}$/m;
const agentLine = /^\d+\.\d{6} agent \d+: received 7$/m;

describe("SLASH8_DEBUG", () => {
  const texts = printed([...some.map(([sections]) => sections), ...none]);

  const rows = some.map((row, index) => [...row, texts[index] ?? ""] as const);
  it.each(rows)("%j: run %s, agent %s", (_, run, agent, text) => {
    expect(runLine.test(text)).toBe(run);
    expect(agentLine.test(text)).toBe(agent);
    expect(text).toContain(`${run} ${agent} 1\n`);
  });

  it.each(none)("%j: nothing is printed", (sections) => {
    expect(texts[some.length + none.indexOf(sections)]).toBe("false false 0\n");
  });
});

/** A program that logs from its thread and a worker, and then starts itself as its own child. */
const family = `
  import { fork } from "node:child_process";
  import { Worker, isMainThread } from "node:worker_threads";
  import { debugForChild, debugLog } from ${JSON.stringify(module)};
  const debug = debugLog("run");
  debug("here");
  if (isMainThread) {
    new Worker(new URL(import.meta.url)).once("exit", () => {
      if (process.argv[2] === "last") process.exit();
      const lines = debugForChild(4);
      const log = Number(process.argv[2]);
      fork(process.argv[1], ["last"], {
        stdio: ["ignore", log, log, "ipc", ...lines.files],
        env: { ...process.env, ...lines.env },
      });
    });
  }
`;

it("prints lines of threads and children where the first process does, not into a child's log", async () => {
  const folder = makeTempDir();
  const [program, out, log] = [
    join(folder, "family.mjs"),
    join(folder, "out"),
    join(folder, "log"),
  ] as const;
  writeFileSync(program, family);
  const [outFile, logFile] = [openSync(out, "w"), openSync(log, "w")];
  const child = fork(program, ["4"], {
    stdio: ["ignore", "ignore", outFile, "ipc", logFile],
    env: { ...process.env, SLASH8_DEBUG: "run" },
  });
  await new Promise((resolve) => child.once("exit", resolve));
  for (const file of [outFile, logFile]) closeSync(file);
  const lines = readFileSync(out, "utf8").trim().split("\n");
  const who = lines.map((line) => /^\d+\.\d{6} run (\d+)(\/1)?: here$/.exec(line)?.slice(1));
  const pid = `${child.pid}`;
  expect(who.map((parts) => [parts?.[0] === pid, parts?.[1]])).toEqual([
    [true, undefined],
    [true, "/1"],
    [false, undefined],
    [false, "/1"],
  ]);
  expect(readFileSync(log, "utf8")).toBe("");
});

const scenario = `
version: 1
name: short
servers: { echo: { builtin: tcp-echo } }
workloads:
  a: { target: echo, pattern: request, exchanges: 5 }
`;

it("tells of a run's agents and servers, and of nothing else", async () => {
  const out = join(makeTempDir(), "result.json");
  const args = ["load", "-", "--io", "node", "--quiet", "--out", out];
  const on = await runCli(args, { input: scenario, env: { SLASH8_DEBUG: "agent,targets" } });
  expect(on.status).toBe(0);
  expect(on.stderr).toMatch(
    /^[\d.]+ targets \d+: echo: ready at 127\.0\.0\.1:\d+, processes \d+$/m,
  );
  expect(on.stderr).toMatch(/^[\d.]+ agent \d+: received start$/m);
  expect(on.stderr).toMatch(
    /^[\d.]+ agent \d+\/1: worker 0 is ready, with 1 workloads over node$/m,
  );
  expect(on.stderr).toMatch(/^[\d.]+ agent \d+: from agent 0: \{"type":"done"/m);
  const sections = on.stderr.match(/^[\d.]+ \w+(?= \d)/gm)?.map((line) => line.split(" ")[1]);
  expect(new Set(sections)).toEqual(new Set(["agent", "targets"]));
});

it("tells of nothing without it, and hands SLASH8_NODE_OPTIONS to the processes that it starts", async () => {
  const folder = makeTempDir();
  const preload = join(folder, "preload.cjs");
  writeFileSync(
    preload,
    `require("node:fs").appendFileSync(${JSON.stringify(join(folder, "started"))}, process.argv[1] + "\\n");`,
  );
  const args = ["load", "-", "--io", "node", "--quiet", "--out", join(folder, "result.json")];
  const env = { SLASH8_DEBUG: undefined, SLASH8_NODE_OPTIONS: `  --require ${preload} ` };
  const { status, stderr } = await runCli(args, { input: scenario, env });
  expect(status).toBe(0);
  expect(stderr).not.toMatch(/^[\d.]+ \w+ \d/m);
  const started = readFileSync(join(folder, "started"), "utf8");
  expect(started).toContain("servers/process/main.js");
  expect(started).toContain("agent/main.js");
  expect(started).not.toContain("cli/main.js");
});
