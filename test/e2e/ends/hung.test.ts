/**
 * What hangs is ended, by name, and what was measured until then is kept; a run ends in any case. All of them wait for
 * time-outs, so all run at once; one thread alone loops for it, the others stand still, which takes no CPU.
 */
import { describe, expect, test } from "vitest";
import type { WorkloadResult } from "../../../src/results/result.ts";
import { beaconWorkload, startBeacon } from "../beacon.ts";
import { echoScenario, resultOf, startLoad, type TestRun } from "../runs.ts";

/** Stops the first process of a run whose command line has that in it. */
function stopPart(run: TestRun, part: string): void {
  const found = run.processes().find((line) => line.includes(part));
  if (found === undefined) throw new Error(`no ${part} in\n${run.processes().join("\n")}`);
  process.kill(Number.parseInt(found, 10), "SIGSTOP");
}

const exchangesOf = (workload: WorkloadResult | undefined) => workload?.exchanges;

/** A module whose messages are sent as they are. */
const protocolOf = (create: string, above = "") => `${above}
export default {
  about: "echoes",
  over: ["tcp"],
  options: {},
  message: { about: "what is sent", default: null },
  create: ${create},
};
`;

/** A module that reads so many messages, and then loops for ever. */
const endless = (messages: number) =>
  protocolOf(
    `() => ({
  scan(_slot, _bytes, _start, end) {
    while (++messages > ${messages});
    return end;
  },
  reset() {},
})`,
    "let messages = 0;",
  );

/** Never returns. */
const standsStill = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);";

const withModule = (seconds: number, more = "") =>
  echoScenario(seconds, more)
    .replace("framing: echo", "protocol: ./endless.mjs")
    .replace("think: 10ms", "think: 1ms");

test.concurrent("a worker in an endless loop is ended, and the run says in which module", async () => {
  const beacon = await startBeacon();
  const run = startLoad(withModule(60, beaconWorkload(beacon)), ["--workers", "1"], {
    "endless.mjs": endless(1000),
  });
  const answer = await run.finished();
  expect(answer.status).toBe(4);
  const result = resultOf(run.cwd, answer);
  expect(result.run.outcome).toBe("invalid");
  expect(result.run.invalidBy).toBe("generator");
  expect(result.run.reasons.join("\n")).toMatch(
    /^worker 0 exited: the protocol \S*endless\.mjs:\d+:\d+ of workload chat did not return for 5 s/m,
  );
  expect(exchangesOf(result.workloads.beacon)?.received).toBeGreaterThan(0);
});

test.concurrent("the other workers of an agent go on", async () => {
  // The first thread to get there takes the file.
  const once = protocolOf(
    `() => ({
  scan(_slot, _bytes, _start, end) {
    if (++messages !== 50) return end;
    try {
      writeFileSync("hung", "", { flag: "wx" });
    } catch {
      return end;
    }
    ${standsStill}
  },
  reset() {},
})`,
    'import { writeFileSync } from "node:fs";\nlet messages = 0;',
  );
  const run = startLoad(withModule(8), ["--workers", "2"], { "endless.mjs": once });
  const answer = await run.finished();
  expect(answer.status).toBe(4);
  const { run: info, workloads } = resultOf(run.cwd, answer);
  const ended = info.reasons.filter((reason) => /^worker [01] exited: the protocol/.test(reason));
  expect(ended).toHaveLength(1);
  expect(exchangesOf(workloads.chat)?.received).toBeGreaterThan(150);
  // One worker of two has told how it fared.
  expect(info.generator.workers?.length).toBeGreaterThanOrEqual(1);
});

test.concurrent("a module that does not make a session ends the run", async () => {
  // Of one slot it does, on trial.
  const session = "({ scan: (_slot, _bytes, _start, end) => end, reset() {} })";
  const module = protocolOf(
    `({ slots }) => { if (slots > 1) { ${standsStill} } return ${session}; }`,
  );
  const run = startLoad(withModule(60), [], { "endless.mjs": module });
  const answer = await run.finished();
  expect(answer.status).toBe(4);
  const { run: info } = resultOf(run.cwd, answer);
  expect(info.reasons.join("\n")).toMatch(
    /endless\.mjs:7:\d+ of workload chat did not return for 5 s/,
  );
  expect(info.reasons.join("\n")).toMatch(/chat: how many of 8 connections were opened is unknown/);
  expect(info.reasons.join("\n")).not.toContain("could be opened");
});

describe("a stopped agent", { concurrent: true, skip: process.platform !== "linux" }, () => {
  test("is ended, and what it had reported is kept", async () => {
    const beacon = await startBeacon();
    const run = startLoad(echoScenario(60, beaconWorkload(beacon)));
    await beacon.received(200);
    stopPart(run, "agent/main");
    const answer = await run.finished();
    expect(answer.status).toBe(4);
    const result = resultOf(run.cwd, answer);
    expect(result.run.reasons.join("\n")).toMatch(
      /agent 0 \(process \d+\) sent nothing for 5 s, as it was stopped \(SIGSTOP, or a debugger\), and was killed/,
    );
    expect(exchangesOf(result.workloads.chat)?.received).toBeGreaterThan(0);
  });

  test("does not hold up Ctrl-C for longer than the time-out", async () => {
    const beacon = await startBeacon();
    const scenario = echoScenario(60, beaconWorkload(beacon)).replace(
      "framing: echo",
      "framing: echo\n    timeout: 100ms",
    );
    const run = startLoad(scenario);
    await beacon.received(200);
    stopPart(run, "agent/main");
    run.cli.kill("SIGINT");
    const answer = await run.finished();
    expect(answer.status).toBe(130);
    const result = resultOf(run.cwd, answer);
    expect(result.run.outcome).toBe("interrupted");
    expect(exchangesOf(result.workloads.chat)?.received).toBeGreaterThan(0);
  });

  test("a server that is stopped does not hold up the end", async () => {
    const beacon = await startBeacon();
    const run = startLoad(echoScenario(60, beaconWorkload(beacon)));
    await beacon.received(20);
    stopPart(run, "servers/process/main");
    run.cli.kill("SIGINT");
    const answer = await run.finished();
    expect(answer.status).toBe(130);
    expect(resultOf(run.cwd, answer).run.outcome).toBe("interrupted");
  });
});
