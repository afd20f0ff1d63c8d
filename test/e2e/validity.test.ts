/** Whether a result says who was the limit and what disturbed it: with a culprit made for it. */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism, setPriority } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exitStatus } from "../../src/base/errors.ts";
import type { RunResult } from "../../src/results/result.ts";
import { freePort } from "../support/ports/free-port.ts";
import { echoScenario, resultOf, runStopped, startLoad } from "./runs.ts";

const linux = process.platform === "linux";

const codesOf = ({ run }: RunResult) => run.findings.map(({ code }) => code);

/**
 * A server that works for 4 ms before each reply, and whose only thread works on where there is nothing to reply to, from
 * the first message on.
 */
const busyServer = `function work(ms) {
  const until = process.hrtime.bigint() + BigInt(ms * 1000000);
  while (process.hrtime.bigint() < until);
}
let isBusy = false;
function always() {
  work(1);
  setImmediate(always);
}
require("node:net").createServer((socket) => {
  socket.on("error", () => {});
  socket.on("data", (bytes) => {
    if (!isBusy) always();
    isBusy = true;
    work(4);
    socket.write(bytes);
  });
}).listen(Number(process.argv[2]), "127.0.0.1");
`;

// They wait for most of their time.
describe("a stop of three seconds", { concurrent: true, skip: !linux }, () => {
  it("of the load generator makes the run invalid, and is not the server's", async () => {
    const { answer, result, stopMs } = await runStopped("agent/main");
    expect(answer.status, answer.stdout).toBe(exitStatus.invalid);
    const { run, gates, workloads } = result;
    expect(run).toMatchObject({ outcome: "invalid", invalidBy: "generator" });
    expect(gates[0]?.verdict).toBe("inconclusive");
    // The stop may have begun while the worker was waiting for a CPU.
    const longest = run.pauses.toSorted((a, b) => b.durationMs - a.durationMs)[0];
    expect(longest?.durationMs).toBeGreaterThan(0.9 * stopMs);
    expect(longest?.cause).toBe("stopped");
    expect(run.pausesTotal.count).toBeGreaterThanOrEqual(run.pauses.length);
    expect(run.pausesTotal.durationMs).toBeGreaterThan(0.9 * stopMs);
    const { undisturbed, responseTime } = workloads.chat ?? {};
    expect(undisturbed?.count).toBeLessThan(responseTime?.count ?? 0);
    expect(undisturbed?.ratio).toBeLessThan(0.8);
    expect(run.findings.filter(({ about }) => about === "server")).toEqual([]);
    expect(codesOf(result)).toContain("generator.pauses");
    expect(answer.stdout.replaceAll(/\s+/g, " ")).toContain("of the load generator paused for");
  });

  it("of the server fails the run, and is said to be the server's", async () => {
    const { answer, result } = await runStopped("servers/process/main");
    expect(answer.status, answer.stdout).toBe(exitStatus.gateFailed);
    expect(result.run).toMatchObject({ outcome: "fail", invalidBy: null });
    expect(result.gates[0]?.verdict).toBe("fail");
    const finding = result.run.findings.find(({ code }) => code === "server.pauses");
    expect(finding?.evidence.silentMs).toBeGreaterThan(1500);
    expect(finding?.text).toContain("server echo sent no reply of chat for");
  });
});

describe.concurrent("--retries", () => {
  /** No data: nothing is late, and nothing times out. */
  const open = "  - chat.exchanges.late / chat.exchanges.timedOut < 1%\n";
  const scenario = (gate: string) => `${echoScenario(0.3)}gates:\n${gate}`;

  it("makes an invalid run again, and keeps every result", async () => {
    const run = startLoad(scenario(open), ["--retries", "1", "--out", "x.json", "--json"]);
    const answer = await run.finished();
    expect(answer.status, answer.stderr).toBe(exitStatus.invalid);
    const ids = ["x-1.json", "x-2.json", "x.json"].map(
      (name) => (JSON.parse(readFileSync(join(run.cwd, name), "utf8")) as RunResult).run.id,
    );
    expect(new Set(ids).size).toBe(2);
    expect(ids[2]).toBe(ids[1]);
    expect((JSON.parse(answer.stdout) as RunResult).run.id).toBe(ids[2]);
    expect(answer.stderr).toContain(
      "run 1 was invalid and is made again; 0 retries left after that",
    );
    expect(readdirSync(run.cwd)).not.toContain("x-3.json");
  });

  it("ends with the first verdict", async () => {
    const gate = "  - chat.exchanges.sent < 1\n";
    const run = startLoad(scenario(gate), ["--retries", "3", "--out", "x.json", "--quiet"]);
    const answer = await run.finished();
    expect(answer.status, answer.stderr).toBe(exitStatus.gateFailed);
    expect(
      readdirSync(run.cwd)
        .filter((name) => name.startsWith("x"))
        .toSorted(),
    ).toEqual(["x-1.json", "x.json"]);
  });

  it("tries every file that it may write before the first run", async () => {
    const args = ["--retries", "1", "--out", "x.json"];
    const run = startLoad(scenario(open), args, { "x-2.json/": "" });
    const answer = await run.finished();
    expect(answer.status).toBe(exitStatus.internal);
    expect(answer.stderr).toContain("x-2.json cannot be written: it is a folder");
    expect(answer.stderr).toContain("nothing was run");
  });

  it("does not go with a series", async () => {
    const run = startLoad(scenario(open), ["--retries", "3", "--repeat", "2"]);
    const answer = await run.finished();
    expect(answer.status).toBe(exitStatus.usage);
    expect(answer.stderr).toContain("--retries makes one run again until it has a verdict");
  });
});

describe.runIf(linux)("the result says", () => {
  it("that the machine was noisy, and who made the noise", async () => {
    const source = "const end = Date.now() + 30000; while (Date.now() < end);";
    const hogs = Array.from({ length: availableParallelism() }, () =>
      spawn(process.execPath, ["-e", source], { stdio: "ignore" }),
    );
    // What the run leaves idle is enough: it shall not take minutes.
    for (const { pid } of hogs) setPriority(pid ?? 0, 19);
    try {
      const run = startLoad(echoScenario(2), ["--verbose"]);
      const answer = await run.finished();
      const result = resultOf(run.cwd, answer);
      expect(codesOf(result)).toContain("machine.others");
      const finding = result.run.findings.find(({ code }) => code === "machine.others");
      expect(finding?.evidence.othersSeconds).toBeGreaterThan(0);
      expect(result.run.machine?.busiestOthers.length).toBeGreaterThan(0);
      expect(answer.stdout).toContain("validity");
      expect(answer.stdout).toContain("other programs used");
    } finally {
      for (const hog of hogs) hog.kill("SIGKILL");
    }
  });

  it("that the server was the limit, and by which figures", async () => {
    const port = await freePort();
    const scenario = `version: 1
name: busy
servers:
  slow: { command: "node server.cjs ${port}", listen: "127.0.0.1:${port}" }
workloads:
  chat:
    target: slow
    pattern: request
    connections: 32
    message: { size: 64 }
    framing: echo
    rate: 500/s
    duration: 2s
`;
    const run = startLoad(scenario, [], { "server.cjs": busyServer });
    const answer = await run.finished();
    const result = resultOf(run.cwd, answer);
    const { cpus = 0, othersSeconds, stealSeconds } = result.run.machine ?? {};
    const { busiestThreadSeconds, busiestThreadWaitedSeconds, overSeconds } = result.servers.slow
      ?.steadyCpu ?? { overSeconds: 0 };
    const ran = busiestThreadSeconds ?? 0;
    const stolen = stealSeconds ?? 0;
    // How much of its time the thread got is up to the machine; that it wanted all of it is not.
    expect(overSeconds).toBeGreaterThan(0);
    expect(ran + (busiestThreadWaitedSeconds ?? 0) + stolen).toBeGreaterThan(0.9 * overSeconds);
    const codes = codesOf(result);
    expect(codes).not.toContain("server.waits");
    // It is not named only where it did not get its time, and the figures show that others had the CPUs.
    if (codes.includes("server.cpu")) return;
    expect(ran).toBeLessThan(0.9 * overSeconds);
    expect((othersSeconds ?? 0) + stolen).toBeGreaterThanOrEqual(0.05 * cpus * overSeconds);
  });

  it("what each worker did", async () => {
    const run = startLoad(echoScenario(2), ["--workers", "2"]);
    const { run: info } = resultOf(run.cwd, await run.finished());
    expect(info.generator.workers?.map(({ worker }) => worker)).toEqual([0, 1]);
    for (const { busyRatio, waitedRatio, gcSeconds } of info.generator.workers ?? []) {
      expect(busyRatio).toBeGreaterThan(0);
      expect(busyRatio).toBeLessThanOrEqual(1);
      expect(waitedRatio).toBeGreaterThanOrEqual(0);
      expect(gcSeconds).toBeGreaterThanOrEqual(0);
    }
  });
});
