/** Argument handling: most of it in this process, the rest through the built command. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { echoScenario } from "../e2e/runs.ts";
import { runCli, startCli } from "../support/run-cli.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { runHere } from "./run-here.ts";

const scenario = `version: 1
name: small
servers:
  echo: { builtin: tcp-echo, listen: "127.0.0.1:0" }
workloads:
  chat: { target: echo, pattern: request, sources: 127.90.0.1-127.90.0.9, connections: 4, duration: 1s }
gates:
  - chat.errors == 0
`;

/** A folder with small.yaml in it, and run.json. */
function folder(path = makeTempDir()): string {
  writeFileSync(join(path, "run.json"), "{}");
  writeFileSync(join(path, "small.yaml"), scenario);
  return path;
}

describe("wrong usage ends with 2, a short message and where to read on", () => {
  const cwd = folder(mkdtempSync(join(tmpdir(), "slash8-test-")));
  afterAll(() => rmSync(cwd, { recursive: true }));

  test.each<[string[], string]>([
    [
      [],
      "slash8: which command? load, init, check, plan, doctor, serve, probe, relay, agent, hosts, nats-config, protocol, export, report, compare, ab, bisect, find-limit, completion\ntry: slash8 --help\n",
    ],
    [["lod"], 'slash8: unknown command: lod; did you mean "load"?\ntry: slash8 --help\n'],
    [["load"], "slash8: which scenario? name a file, such as scenarios/quickstart.yaml\n"],
    [["plan"], "slash8: which scenario?"],
    [["find-limit"], "slash8: which scenario? name a file, such as scenarios/quickstart.yaml\n"],
    [["find-limit", "small.yaml", "--precision", "0"], "slash8: --precision 0: give a ratio from"],
    [["find-limit", "small.yaml", "--vary", "x"], "slash8: --vary x: give <workload>.rate"],
    [
      ["compare", "run.json", "--with", "run.json", "--out", "x"],
      "slash8: --out x: give a file that ends in .json, such as comparison.json\n",
    ],
    [["report"], "slash8: which result? name a file under results/\n"],
    [["report", "run.json"], "slash8: run.json is not a result of slash8"],
    [["report", "run.jsn"], "slash8: the result run.jsn cannot be read: there is no such file\n"],
    [["report", "run.json", "--uot", "a"], "slash8: unknown option: --uot; did you mean --out?\n"],
    [["serve"], "slash8: which server? tcp-echo, tcp-sink, tcp-http, udp-echo, udp-sink\n"],
    [["serve", "tcp-ecko"], 'slash8: unknown builtin: tcp-ecko; did you mean "tcp-echo"?\n'],
    [["serve", "tcp-echo"], "slash8: where should tcp-echo listen?"],
    [["serve", "tcp-echo", "--listen", "x"], 'slash8: "x" is not an address and a port'],
    [
      ["serve", "tcp-echo", "--listen", "127.0.0.1:0", "--delay", "5"],
      'slash8: --delay "5" has no unit',
    ],
    [
      ["load", "small.yaml", "more"],
      "slash8: unexpected argument: more\ntry: slash8 load --help\n",
    ],
    [["load", "small.yaml", "--quite"], "slash8: unknown option: --quite; did you mean --quiet?\n"],
    [["load", "small.yaml", "--no-quiet"], "slash8: unknown option: --no-quiet"],
    [["load", "small.yaml", "-q"], "slash8: unknown option: -q\n"],
    [["load", "small.yaml", "--out"], "slash8: --out needs a value\n"],
    [["load", "small.yaml", "--out="], "slash8: --out needs a value\n"],
    [["load", "small.yaml", "--out", "a", "--out", "b"], "slash8: --out is given more than once\n"],
    [["load", "small.yaml", "--io", "tcp"], "slash8: --io tcp: give one of auto, node, uring\n"],
    [["load", "small.yaml", "--workers", "0"], "slash8: --workers 0: give a whole number from 1"],
    [["load", "small.yaml", "--workers", "-1"], "slash8: --workers -1: give a whole number from 1"],
    [["load", "small.yaml", "--workers", "1.5"], "slash8: --workers 1.5: give a whole number"],
    [
      ["load", "small.yaml", "--repeat", "0"],
      "slash8: --repeat 0: give a whole number from 1 to 100",
    ],
    [["load", "small.yaml", "--baseline"], "slash8: --baseline needs a value"],
    [
      ["load", "small.yaml", "--baseline", "none.json"],
      "slash8: the result none.json cannot be read: there is no such file",
    ],
    [
      ["load", "small.yaml", "--set", "gates=[total.errors <= baseline]"],
      "--set:1:24: there is no baseline to compare with: give results with --baseline FILE",
    ],
    [
      ["load", "small.yaml", "--set", "baseline=none.json"],
      "--set:1:10: the result none.json cannot be read",
    ],
    [["compare", "run.json"], "slash8: compare with what? --with new-*.json, for example"],
    [["compare", "run.json", "--with"], "slash8: --with needs a value"],
    [["compare"], "slash8: which results? base-*.json --with new-*.json, for example"],
    [["compare", "run.json", "--with", "none.json"], "slash8: run.json is not a result of slash8"],
    [
      ["compare", "run.json", "--with", "run.json", "--alpha", "0"],
      "slash8: --alpha 0: give a ratio from",
    ],
    [["ab", "small.yaml"], "slash8: A and B are the same: give two commands"],
    [
      ["ab", "small.yaml", "--a", "x", "--b", "y"],
      "slash8: server echo is built in (tcp-echo): ab replaces the command of a server",
    ],
    [
      ["ab", "small.yaml", "--server", "ecko", "--a", "x"],
      'slash8: --server ecko: there is no such server; did you mean "echo"?',
    ],
    [["load", "small.yaml", "--set", "a"], "--set:1:1: --set takes path=value"],
    [["load", "small.yaml", "--set", "gates.0=chat.eror == 0"], "--set:1:14: there is no metric"],
    [["load", "none.yaml"], "slash8: none.yaml: there is no such file\n"],
    [["load", ""], "slash8: a scenario file is missing: its name is empty\n"],
    [["completion", "bsh"], 'slash8: unknown shell: bsh; did you mean "bash"?\n'],
    [["doctor", "small.yaml"], "slash8: unexpected argument: small.yaml\n"],
  ])("%j", async (args, message) => {
    const { status, stdout, stderr } = await runHere(args, { cwd });
    expect(stderr.slice(0, message.length)).toBe(message);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(stdout).toBe("");
    expect(status).toBe(2);
  });

  test.concurrent.each<[string[], string]>([
    [[], "slash8: which command? load, init, check, plan, doctor, "],
    [["load", "-"], "-:1:1: the scenario is empty\n"],
    [["check", "small.yaml", "-"], "-:1:1: the scenario is empty\n"],
    [["load", "small.yaml", "--set", "gates.0=chat.eror == 0"], "--set:1:14: there is no metric"],
  ])("%j, as built", async (args, message) => {
    const { status, stdout, stderr } = await runCli(args, { cwd });
    expect(stderr.slice(0, message.length)).toBe(message);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(stdout).toBe(args[0] === "check" ? "small.yaml: valid; 1 workload, 1 gate\n" : "");
    expect(status).toBe(2);
  });
});

describe("a run that cannot be is known before anything is started", () => {
  const exportsOfAll = ["html", "junit", "markdown", "csv", "hgrm", "fortio", "vegeta"];

  /** `slash8 load run.yaml <args>` in a folder with these folders in it; what it leaves there. */
  async function refused(text: string, args: readonly string[], folders: readonly string[] = []) {
    const cwd = makeTempDir();
    writeFileSync(join(cwd, "run.yaml"), text);
    for (const folder of folders) mkdirSync(join(cwd, folder));
    const before = readdirSync(cwd);
    const answer = await runHere(["load", "run.yaml", ...args], { cwd });
    expect(answer.stdout).toBe("");
    expect(readdirSync(cwd)).toEqual(before);
    return answer;
  }

  test.each([
    ["a file where a folder is to be", ["--out", "run.yaml/below"], "run.yaml/below"],
    ["a folder that nobody can make", ["--out", "/proc/nope/x.json"], "/proc/nope/x.json"],
    ["a name that is too long", ["--out", `${"x".repeat(300)}.json`], "its name is too long"],
    ["a folder where an export is to be", ["--out", "x.json", "--html"], "x.html"],
    ["another one", ["--out", "x.json", "--vegeta"], "x.chat.vegeta.json"],
    ["and where a log is to be", ["--out", "x.json", "--hlog"], "x.hlog"],
    ["a series", ["--out", "x.json", "--repeat", "2", "--csv"], "x-2.csv"],
    ["the summary of one", ["--out", "x.json", "--repeat", "2"], "x-summary.json"],
  ])("%s: 1", async (_, args, named) => {
    const folders = ["x.html", "x.chat.vegeta.json", "x.hlog", "x-2.csv", "x-summary.json"];
    const { status, stderr } = await refused(echoScenario(0.3), args, folders);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^slash8: .* cannot be written: /);
    expect(stderr).toContain(named);
  });

  test("a wrong scenario, with every place: 2", async () => {
    const gates = "gates:\n  - chat.responsTime.p99 < 1ms\n  - chat.errors < 5ms\n";
    const wrong = echoScenario(0.3, gates);
    const { status, stderr } = await refused(wrong, []);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^run\.yaml:16:10: .*responseTime/m);
    expect(stderr).toMatch(/^run\.yaml:17:19: /m);
    const typo = await refused(wrong.replace("connections", "conections"), []);
    expect(typo.stderr).toMatch(/^run\.yaml:10:5: unknown key "conections".*"connections"/m);
    expect(typo.status).toBe(2);
  });

  test("a target on another machine: 2", async () => {
    const remote = echoScenario(0.3).replace("target: echo", "target: tcp://192.0.2.1:80");
    const { status, stderr } = await refused(remote, []);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^run\.yaml:7:13: .*192\.0\.2\.1.*--allow-remote/m);
  });

  test("a wrong value leaves no trace of where the results would go: 2", async () => {
    const never = echoScenario(0.3).replace("duration: 0.3s", "duration: never");
    const { status } = await refused(never, [
      "--out",
      "deep/er/x.json",
      ...exportsOfAll.map((name) => `--${name}`),
    ]);
    expect(status).toBe(2);
  });
});

test.each<[string[], RegExp]>([
  [["--help"], /slash8 load scenarios\/quickstart\.yaml.*99 {2}a gate failed.*130/s],
  [["load", "--help"], /--set.*repeatable.*Examples:.*Exit status:/s],
  [["plan", "--help"], /--aliases.*Examples:/s],
  [["doctor", "--help"], /--json.*Examples:/s],
  [["serve", "--help"], /tcp-echo.*--pause-every.*Examples:/s],
  [["--version"], /^\d+\.\d+\.\d+\n$/s],
  [["-v"], /^\d+\.\d+\.\d+\n$/s],
  [["-h"], /99 {2}a gate failed/],
  [["-h", "load"], /^slash8 load <scenario>/],
  [["plan", "-h"], /^slash8 plan <scenario>/],
])("%j is answered on standard output", async (args, text) => {
  const { status, stdout, stderr } = await runHere(args);
  expect(stdout).toMatch(text);
  expect(stderr).toBe("");
  expect(status).toBe(0);
});

test("plan shows the 4-tuples, as text, as JSON and as aliases", async () => {
  const cwd = folder();
  const text = await runHere(["plan", "small.yaml"], { cwd });
  expect(text.stdout).toMatch(/first {6}127\.90\.0\.1:1024 -> 127\.0\.0\.1:\d+\n/);
  expect(text.stdout).toMatch(/last {7}127\.90\.0\.4:1024 -> 127\.0\.0\.1:\d+\n/);
  expect(text.status).toBe(0);
  const json = await runCli(["plan", "-", "--json", "--workers", "2"], { cwd, input: scenario });
  expect(JSON.parse(json.stdout)).toMatchObject({ workers: 2, totals: { connections: 4 } });
  const aliases = await runHere(["plan", "small.yaml", "--aliases"], { cwd });
  expect(aliases.stdout).toBe("127.0.0.1\n127.90.0.1-127.90.0.4\n");
});

describe("what this machine cannot hold ends with 3", () => {
  test("plan lists what is in the way", () => {
    const { status, stdout } = inShell('ulimit -n 150; "$0" "$1" plan small.yaml');
    expect(stdout).toMatch(/^refuse .*open files/m);
    expect(status).toBe(3);
  });

  test.each([
    [150, /^slash8: this machine cannot hold the plan:\n {2}- .*open files/],
    // Too few even for Node to load all modules.
    [32, /^slash8: .*open files.*ulimit -n/],
  ])("load with %d open files", (files, message) => {
    const { status, stderr } = inShell(`ulimit -n ${files}; "$0" "$1" load small.yaml`);
    expect(stderr).toMatch(message);
    expect(status).toBe(3);
  });

  test.for([20, 30])("%d open files, with which nothing can be loaded", (files, { skip }) => {
    // Later versions of Node may not even begin with that few.
    const begins = `"$0" -e 'import("node:os")' 2>/dev/null || exit 77`;
    const { status, stderr } = inShell(`ulimit -n ${files}; ${begins}; "$0" "$1" plan small.yaml`);
    if (status === 77) return skip();
    expect(stderr).toMatch(/^slash8: .*open files.*\(ulimit -n 20000\)\n$/);
    expect(status).toBe(3);
  });
});

test("doctor shows what this machine can hold", async () => {
  const text = await runCli(["doctor"]);
  expect(text.stdout).toMatch(/[\d,]+ TCP connections with both ends here, limited by \w+\n/);
  expect(text.status).toBe(0);
  const json = await runHere(["doctor", "--json"]);
  expect(JSON.parse(json.stdout).maxConnections).toBeGreaterThan(0);
});

test("serve listens until it is interrupted", async () => {
  const args = ["serve", "tcp-echo", "--listen", "127.0.0.1:0", "--listen", "127.0.0.2:0"];
  const server = startCli(args);
  await server.printed(/listening on 127\.0\.0\.1:[1-9]\d*\nlistening on 127\.0\.0\.2:[1-9]\d*\n/);
  server.kill("SIGINT");
  expect((await server.finished).status).toBe(0);
});

test("a closed reader is not a failure", () => {
  const { stderr } = inShell('{ "$0" "$1" plan small.yaml; echo "status $?" >&2; } | true');
  expect(stderr).toBe("status 0\n");
});

/** Runs a line of shell in which "$0" "$1" is slash8. */
function inShell(line: string) {
  const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
  const options = { cwd: folder(), encoding: "utf8" } as const;
  return spawnSync("/bin/sh", ["-c", line, process.execPath, main], options);
}

test.each([
  [[], "/usr/bin/zsh", "#compdef slash8\n"],
  [[], undefined, "# Completion of slash8 in bash"],
  [["fish"], "/bin/bash", "# Completion of slash8 in fish"],
])("completion %j where SHELL is %s", async (shell, SHELL, text) => {
  const { stdout, status } = await runHere(["completion", ...shell], { env: { SHELL } });
  expect(stdout.slice(0, text.length)).toBe(text);
  expect(status).toBe(0);
});

test.skipIf(!existsSync("/dev/full"))(
  "a full disk under standard output gives a message, not a stack",
  () => {
    const { status, stderr } = inShell('"$0" "$1" doctor > /dev/full');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^slash8: the output cannot be written: .*ENOSPC.*\n$/);
  },
);
