/** `slash8 load` from the file to the exit status. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import type { WorkloadResult } from "../../src/results/result.ts";
import { runCli } from "../support/run-cli.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { testIo } from "../support/test-io.ts";
import { startBeacon } from "./beacon.ts";
import { echoScenario, resultOf, startLoad } from "./runs.ts";

const gates = (...expressions: string[]) =>
  `gates:\n${expressions.map((text) => `  - ${text}\n`).join("")}`;

const chatOf = (result: ReturnType<typeof resultOf>) => result.workloads.chat as WorkloadResult;

test("a run passes, and its figures add up", async () => {
  const scenario = echoScenario(0.3, gates("chat.responseTime.p99 < 10s", "total.errors == 0"));
  const run = startLoad(scenario, ["--hlog"]);
  const answer = await run.finished();
  expect(answer.status).toBe(0);
  expect(answer.stdout).toMatch(/^PASS {2}e2e: 2 of 2 gates passed\n/);
  const result = resultOf(run.cwd, answer);
  expect(result).toMatchObject({ schemaVersion: 2, tool: { name: "slash8" } });
  expect(result.run).toMatchObject({ outcome: "pass", io: testIo });
  const { exchanges, connections, errors, responseTime, timeline, phases } = chatOf(result);
  expect(connections).toMatchObject({ planned: 8, opened: 8, failed: 0, peak: 8 });
  expect(exchanges.sent).toBeGreaterThan(0);
  expect(exchanges.received).toBe(exchanges.sent);
  expect(responseTime.count).toBe(exchanges.received);
  expect(errors).toEqual([]);
  const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);
  const sent = sum(Object.values(phases).map((counts) => counts.sent ?? 0));
  expect(sum(timeline.map((entry) => entry.sent))).toBe(sent);
  expect(result.gates.map(({ verdict }) => verdict)).toEqual(["pass", "pass"]);
  const [log] = readdirSync(join(run.cwd, "results")).filter((name) => name.endsWith(".hlog"));
  expect(readFileSync(join(run.cwd, "results", log as string), "utf8")).toMatch(
    /^#\[Histogram log format version 1\.3\]\n.*Tag=chat\.responseTime,/s,
  );
});

describe("the exit status is the verdict", () => {
  test("99 when a gate fails; --out names a file", async () => {
    const scenario = echoScenario(0.3, gates("chat.exchanges.sent < 1"));
    const run = startLoad(scenario, ["--out", "mine.json"]);
    const answer = await run.finished();
    expect(answer.status).toBe(99);
    expect(answer.stdout).toContain("\nresult: mine.json\n");
    expect(resultOf(run.cwd, answer).run.outcome).toBe("fail");
    expect(answer.stdout).toMatch(/^FAIL {2}/);
    expect(resultOf(run.cwd, answer).gates[0]).toMatchObject({ verdict: "fail", limit: 1 });
  });

  test("4 when a gate has no data; --out names a directory", async () => {
    const scenario = echoScenario(0.3, gates("chat.exchanges.late / chat.exchanges.timedOut < 1%"));
    const run = startLoad(scenario, ["--out", "there/"]);
    const answer = await run.finished();
    expect(answer.status).toBe(4);
    expect(answer.stdout).toMatch(/\nresult: there\/e2e-.*\.json\n/);
    expect(resultOf(run.cwd, answer).gates[0]?.verdict).toBe("noData");
  });

  test("4 when the generator cannot send what was asked for", async () => {
    const scenario = echoScenario(0.3).replace("think: 10ms\n", "rate: 20000000/s\n");
    const run = startLoad(scenario, ["--set", "workloads.chat.connections=50"]);
    const answer = await run.finished();
    expect(answer.status).toBe(4);
    expect(resultOf(run.cwd, answer).run.outcome).toBe("invalid");
  });

  test("2 when the port is in use, naming it", async () => {
    const { port } = await startBeacon();
    const answer = await startLoad(echoScenario(0.3).replace(":0", `:${port}`)).finished();
    expect(answer.status).toBe(2);
    expect(answer.stderr).toMatch(new RegExp(`^slash8: .*127\\.0\\.0\\.1:${port}.*`, "m"));
  });

  test("2 when nothing listens at the target", async () => {
    const scenario = echoScenario(0.3).replace("target: echo", "target: tcp://127.0.0.1:1");
    const answer = await startLoad(scenario).finished();
    expect(answer.status).toBe(2);
    expect(answer.stderr).toMatch(/127\.0\.0\.1:1\b/);
  });

  test("0 when the program of the scenario is missing and that is no failure", async () => {
    const missing = "{ command: [no-such-program-here], missing: skip, listen: 127.0.0.1:7000 }";
    const scenario = echoScenario(0.3).replace(/\{ builtin.*\}/, missing);
    const answer = await startLoad(scenario).finished();
    expect(answer.stderr).toMatch(/^slash8: .*no-such-program-here/m);
    expect(answer.status).toBe(0);
  });
});

describe("where results go", () => {
  test("--quiet leaves the verdict and the place of the result", async () => {
    const run = startLoad(echoScenario(0.3), ["--quiet"]);
    const answer = await run.finished();
    expect(answer.stdout).toMatch(/^PASS {2}e2e: no gates\nresult: results\/e2e-.*\.json\n$/);
    expect(answer.stderr).toBe("");
  });

  const exportsOfAll = [
    "--html",
    "--junit",
    "--markdown",
    "--csv",
    "--hgrm",
    "--fortio",
    "--vegeta",
  ];

  test("--json puts the result alone on standard output; folders on the way are made", async () => {
    const args = ["--json", "--out", "deep/er/x.json", ...exportsOfAll];
    const run = startLoad(echoScenario(0.3), args);
    const answer = await run.finished();
    expect(answer.status).toBe(0);
    expect(JSON.parse(answer.stdout)).toEqual(resultOf(run.cwd, answer));
    expect(answer.stderr).toMatch(/^PASS {2}e2e/m);
    expect(readdirSync(join(run.cwd, "deep", "er")).toSorted()).toEqual([
      ...["x.chat.fortio.json", "x.chat.hgrm", "x.chat.vegeta.json", "x.csv", "x.html"],
      ...["x.json", "x.junit.xml", "x.md"],
    ]);
  });

  test("a place that is gone by the end is replaced by a temporary one: 1", async () => {
    const run = startLoad(echoScenario(2), ["--out", "place/x.json", "--junit"]);
    await run.started((processes) => processes.some((line) => line.includes("agent/main")));
    writeFileSync(join(run.cwd, "place"), "");
    const answer = await run.finished();
    expect(answer.status).toBe(1);
    expect(answer.stdout).toMatch(/^PASS /);
    expect(answer.stderr).toMatch(/slash8: the result could not be written to .*place\/x\.json/);
    const result = resultOf(run.cwd, answer);
    expect(result.warnings.join("\n")).toMatch(/could not be written/);
    const path = /^export: (.+\.junit\.xml)$/m.exec(answer.stdout)?.[1] ?? "";
    expect(existsSync(path)).toBe(true);
    rmSync(dirname(path), { recursive: true });
  });

  test("an export whose place is gone by the end does not take the others with it: 1", async () => {
    const run = startLoad(echoScenario(2), ["--out", "x.json", "--junit", "--csv"]);
    await run.started((processes) => processes.some((line) => line.includes("agent/main")));
    mkdirSync(join(run.cwd, "x.junit.xml"));
    const answer = await run.finished();
    expect(answer.status).toBe(1);
    expect(answer.stderr).toMatch(/^slash8: .*x\.junit\.xml cannot be written: it is a folder$/m);
    expect(answer.stdout).toContain("\nexport: x.csv\n");
    expect(answer.stdout).toContain("\nresult: x.json\n");
  });

  test("a file larger than it may be: 1, and the file is named", async () => {
    const cwd = makeTempDir();
    writeFileSync(join(cwd, "run.yaml"), echoScenario(0.3));
    const limited = await runCli(["load", "run.yaml"], { cwd, limit: "-f 16" });
    expect(limited.status).toBe(1);
    expect(limited.stdout).toMatch(/^PASS /);
    expect(limited.stderr).toMatch(/results\/e2e-.*\.json/);
    expect(limited.stderr).toContain("larger than a file may be");
  });
});
