/** Whether a result says who was the limit and what disturbed it: with a culprit made for it. */
import { spawn } from "node:child_process";
import { availableParallelism, setPriority } from "node:os";
import { describe, expect, it } from "vitest";
import type { RunResult } from "../../src/results/result.ts";
import { freePort } from "../support/free-port.ts";
import { echoScenario, resultOf, startLoad } from "./runs.ts";

const codesOf = ({ run }: RunResult) => run.findings.map(({ code }) => code);

/** A server that works for 4 ms before each reply, in its only thread. */
const busyServer = `require("node:net").createServer((socket) => {
  socket.on("error", () => {});
  socket.on("data", (bytes) => {
    const until = process.hrtime.bigint() + 4000000n;
    while (process.hrtime.bigint() < until);
    socket.write(bytes);
  });
}).listen(Number(process.argv[2]), "127.0.0.1");
`;

describe.runIf(process.platform === "linux")("the result says", () => {
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
    duration: 3s
`;
    const run = startLoad(scenario, [], { "server.cjs": busyServer });
    const answer = await run.finished();
    const result = resultOf(run.cwd, answer);
    const cpu = result.servers.slow?.steadyCpu;
    const { busiestThreadSeconds: ran, overSeconds } = cpu ?? {};
    expect(ran).toBeGreaterThan(0);
    // On a machine full of others its thread hardly ran: then that is what is said.
    if ((ran ?? 0) < 0.3 * (overSeconds ?? 0)) expect(codesOf(result)).toContain("machine.waiting");
    else expect(codesOf(result)).toContain("server.cpu");
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
