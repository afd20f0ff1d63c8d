/** The search for the highest load, against limits that are known however fast the machine is. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RunResult } from "../../src/results/result.ts";
import type { LimitRecord } from "../../src/results/series/limit-record.ts";
import { markedEnvironment, processesWithMark, untilGone } from "../support/process-tree.ts";
import { startCli } from "../support/run-cli.ts";
import { makeTempDir } from "../support/temp-dir.ts";

/** Starts a search in a folder of its own; its files land in `out` there, unless told otherwise. */
function startSearch(scenario: string, args: readonly string[], out = "out") {
  const cwd = makeTempDir();
  writeFileSync(join(cwd, "x.yaml"), scenario);
  const { mark, env } = markedEnvironment();
  const cli = startCli(["find-limit", "x.yaml", "--out", out, ...args], {
    cwd,
    env,
    timeoutMs: 120_000,
  });
  return {
    cli,
    async finished() {
      const answer = await cli.finished;
      expect(await untilGone(() => processesWithMark(mark))).toEqual([]);
      return answer;
    },
    record: (): LimitRecord => JSON.parse(readFileSync(join(cwd, out, "limit.json"), "utf8")),
    result: (file: string): RunResult => JSON.parse(readFileSync(join(cwd, out, file), "utf8")),
  };
}

/** 20 connections, of which each waits 250 ms for its reply: 80 exchanges a second, and no more. */
const pool = `version: 1
name: pool
servers:
  slow: { builtin: tcp-echo, listen: "127.0.0.1:0", delay: 250ms }
workloads:
  chat:
    target: slow
    pattern: request
    sources: 127.92.0.1
    connections: 20
    inFlight: 1
    message: { size: 64 }
    framing: echo
    rate: 50/s
    duration: 1s
gates:
  - chat.exchanges.received > 1000000
`;

/** A hold, which no machine is too slow for, with room for 64 connections. */
const hold = `version: 1
name: few-ports
servers:
  echo: { builtin: tcp-echo, listen: "127.0.0.1:0" }
workloads:
  idle:
    target: echo
    pattern: hold
    sources: 127.92.0.2
    ports: 20000-20063
    connections: 40
    duration: 500ms
gates:
  - idle.connections.peak >= 1
  - total.errors == 0
`;

describe("find-limit", () => {
  it("finds the rate that a pool of connections holds, by the gate that is given", async () => {
    const gate = "chat.responseTime.p95 < 600ms";
    const args = ["--gate", gate, "--repeat", "1", "--precision", "50%", "--json"];
    const search = startSearch(pool, args);
    const { stdout, stderr, status } = await search.finished();
    const record: LimitRecord = JSON.parse(stdout);
    expect(record).toEqual(search.record());
    expect(record).toMatchObject({ kind: "limit", vary: "chat.rate", gates: [gate] });
    // At a rate r the queue grows for 1 s, and p95 comes to 0.25 s + 0.95 * 1 s * (r / 80 - 1) at least.
    const most = 115;
    for (const { load, verdict, result, gates } of record.steps) {
      if (load > most) expect(verdict).not.toBe("held");
      expect(stderr).toMatch(new RegExp(`${load}/s .*${verdict}`));
      const run = search.result(result ?? "").run;
      expect(run.outcome === "pass").toBe(verdict === "held");
      expect(gates.map(({ expression }) => expression)).toEqual([gate]);
    }
    const { answer } = record;
    // A machine on which nobody gets a CPU in time is told of as what it is.
    if (answer?.kind === "atLeast" || answer?.kind === "nowhere") {
      expect(record.steps.map(({ verdict }) => `${verdict}`).join()).toMatch(/generator|disturbed/);
      expect(status).toBe(4);
      return;
    }
    if (answer?.kind !== "found") throw new Error(`no answer: ${stdout}${stderr}`);
    expect(status).toBe(0);
    expect(answer.held.load).toBeLessThanOrEqual(most);
    // Where runs between the two were disturbed each time, the answer is wider, and still true.
    expect(answer.broke.load).toBeGreaterThan(75);
    if (answer.unknown === null) {
      expect(answer.broke.load - answer.held.load).toBeLessThanOrEqual(0.5 * answer.held.load);
    }
    expect(record.text).toContain("the limit lies between");
  });

  it("tells how many connections at least, where the plan cannot be held above", async () => {
    const search = startSearch(hold, ["--vary", "idle.connections", "--repeat", "1"]);
    const { stdout, status } = await search.finished();
    const { answer, steps } = search.record();
    expect(steps.map(({ load, verdict }) => [load, verdict])).toEqual([
      [40, "held"],
      [80, "refused"],
    ]);
    expect(answer).toMatchObject({ kind: "atLeast", by: "refused", held: { load: 40 } });
    expect(stdout).toContain(
      "idle.connections: at least 40 (held at 40 in 1 of 1 run): this machine cannot hold the plan at 80",
    );
    expect(status).toBe(3);
  });

  it("keeps what it found when it is interrupted", async () => {
    const search = startSearch(hold, ["--vary", "idle.connections", "--from", "8"]);
    await search.cli.printed(/1 +8 .*held/);
    search.cli.kill("SIGINT");
    const { status, stdout } = await search.finished();
    expect(status).toBe(130);
    expect(stdout).toMatch(/idle\.connections: interrupted; held at \d+ in 1 of 1 run/);
    const { answer, steps } = search.record();
    // By the time that the signal comes the next may have been run as well.
    expect(answer).toMatchObject({ kind: "unfinished", broke: null });
    expect(steps[0]).toMatchObject({ load: 8, verdict: "held", outcome: "pass" });
    expect(search.result("01-8.json").run.outcome).toBe("pass");
  });

  it.each([
    ["/proc/nowhere/x", /there is no folder/],
    ["x.yaml", /it is a file, and --out takes a directory/],
  ])("says before the first run that nothing can be written to %s", async (out, why) => {
    const search = startSearch(hold, ["--vary", "idle.connections"], out);
    const { status, stdout, stderr } = await search.finished();
    expect(stderr).toMatch(/the results cannot be written to .*: /);
    expect(stderr).toMatch(why);
    expect([status, stdout]).toEqual([1, ""]);
  });
});
