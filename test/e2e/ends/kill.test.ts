/** kill -9 of whatever part: nothing stays behind, and what was measured is kept. */
import { expect, test } from "vitest";
import type { WorkloadResult } from "../../../src/results/result.ts";
import { untilGone } from "../../support/process-tree.ts";
import { beaconWorkload, startBeacon } from "../beacon.ts";
import { echoScenario, resultOf, startLoad, type TestRun } from "../runs.ts";

/** Ends the first process of a run whose command line has that in it. */
function killPart(run: TestRun, part: string): void {
  const found = run.processes().find((line) => line.includes(part));
  if (found === undefined) throw new Error(`no ${part} in\n${run.processes().join("\n")}`);
  process.kill(Number.parseInt(found, 10), "SIGKILL");
}

const receivedOf = (workload: WorkloadResult | undefined) => workload?.exchanges.received;

test("the coordinator's death ends agents, servers and the servers' own children", async () => {
  const beacon = await startBeacon();
  const own =
    '  own: { command: "sleep 1000 & sleep 1001", listen: 127.0.0.1:1, ready: { delay: 10ms } }\n';
  const scenario = echoScenario(60, beaconWorkload(beacon)).replace(
    "workloads:\n",
    `${own}workloads:\n`,
  );
  const run = startLoad(scenario);
  await beacon.received(20);
  const lines = run.processes().join("\n");
  for (const part of ["agent/main", "servers/process/main", "sleep 1000", "sleep 1001"]) {
    expect(lines).toContain(part);
  }
  run.cli.kill("SIGKILL");
  expect(await untilGone(run.processes)).toEqual([]);
});

test("an agent's death makes the run invalid and keeps what it had told", async () => {
  const beacon = await startBeacon();
  const run = startLoad(echoScenario(60, beaconWorkload(beacon)));
  await beacon.received(200);
  killPart(run, "agent/main");
  const answer = await run.finished();
  expect(answer.status).toBe(4);
  const result = resultOf(run.cwd, answer);
  expect(result.run.outcome).toBe("invalid");
  expect(result.run.reasons.join("\n")).toMatch(/agent 0 exited: .*SIGKILL/);
  expect(receivedOf(result.workloads.chat)).toBeGreaterThan(0);
});

test("a worker's death makes the run invalid; the other workers go on", async () => {
  const scenario = echoScenario(2)
    .replace("framing: echo", "protocol: ./dies.mjs")
    .replace("think: 10ms", "think: 1ms");
  const run = startLoad(scenario, ["--workers", "2"], {
    "dies.mjs": `import { writeFileSync } from "node:fs";
/** Ends the first thread that reads its 50th message. */
const create = () => {
  let messages = 0;
  return {
    scan(_slot, _bytes, start, end) {
      if (++messages === 50) {
        try {
          writeFileSync("died", "", { flag: "wx" });
        } catch {
          return end;
        }
        process.exit(7);
      }
      return end;
    },
    reset() {},
  };
};
export default {
  about: "echoes",
  over: ["tcp"],
  options: {},
  message: { about: "what is sent", default: null },
  create,
};
`,
  });
  const answer = await run.finished();
  expect(answer.status).toBe(4);
  const result = resultOf(run.cwd, answer);
  expect(result.run.outcome).toBe("invalid");
  expect(result.run.reasons.join("\n")).toMatch(/worker [01]/);
  expect(receivedOf(result.workloads.chat)).toBeGreaterThan(150);
});

test("a server's death during the run fails the run and says so", async () => {
  const beacon = await startBeacon();
  const run = startLoad(echoScenario(60, beaconWorkload(beacon)));
  await beacon.received(200);
  killPart(run, "servers/process/main");
  const answer = await run.finished();
  expect(answer.stderr).toMatch(/^slash8: server echo exited during the run \(.*SIGKILL/m);
  expect(answer.status).toBe(99);
  const result = resultOf(run.cwd, answer);
  expect(result.run.outcome).toBe("fail");
  expect(result.run.reasons.join("\n")).toMatch(/server echo exited during the run/);
  expect(result.servers.echo?.exit).toEqual({ code: null, signal: "SIGKILL" });
});

test("with --quiet, too, it is told what a server said before it ended", async () => {
  const dies = "echo ready; sleep 1; echo 'cannot go on: disk full' >&2; exit 3";
  const run = startLoad(
    echoScenario(60).replace(
      "workloads:\n",
      `  own: { command: "${dies}", listen: 127.0.0.1:1, ready: { output: ready } }\nworkloads:\n`,
    ),
    ["--quiet"],
  );
  const answer = await run.finished();
  expect(answer.status).toBe(99);
  const printed = answer.stdout.replaceAll(/\s+/g, " ");
  expect(printed).toContain("server own exited during the run (exit code 3)");
  expect(printed).toContain("its last log lines: ready / cannot go on: disk full");
});

test("a server's death before the load begins ends the run, too", async () => {
  const run = startLoad(echoScenario(60));
  await run.started((processes) => processes.some((line) => line.includes("agent/main")));
  killPart(run, "servers/process/main");
  const answer = await run.finished();
  expect(answer.status).toBe(99);
  const { outcome, reasons, durationMs } = resultOf(run.cwd, answer).run;
  expect(outcome).toBe("fail");
  expect(reasons.join("\n")).toMatch(/server echo exited during the run/);
  expect(durationMs).toBeLessThan(30_000);
});
