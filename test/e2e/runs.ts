/** What the end-to-end tests share: small scenarios, runs of the built command, their results. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import type { RunResult } from "../../src/results/result.ts";
import { markedEnvironment, processesWithMark, untilGone } from "../support/process-tree.ts";
import { type CliAnswer, type RunningCli, startCli } from "../support/run-cli.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { testIo } from "../support/test-io.ts";
import { beaconWorkload, startBeacon } from "./beacon.ts";

/** A closed-model workload against the built-in echo server. */
export function echoScenario(seconds: number, more = ""): string {
  return `version: 1
name: e2e
servers:
  echo: { builtin: tcp-echo, listen: "127.0.0.1:0" }
workloads:
  chat:
    target: echo
    pattern: request
    sources: 127.91.0.1-127.91.0.9
    connections: 8
    message: { size: 64 }
    think: 10ms
    framing: echo
    duration: ${seconds}s
${more}`;
}

export interface TestRun {
  readonly cwd: string;
  readonly cli: RunningCli;
  /** What was started and still lives, the command itself included. */
  readonly processes: () => string[];
  /** Waits until those processes are as wanted. */
  readonly started: (wanted: (processes: string[]) => boolean) => Promise<void>;
  /** Waits for the end, and for the end of all that was started. */
  readonly finished: () => Promise<CliAnswer>;
}

/**
 * Starts `slash8 load` on a scenario, over this project's io, in a folder of its own; results land there.
 *
 * @param files to lie beside the scenario, content by name; a name that ends in "/" is a folder's
 */
export function startLoad(
  scenario: string,
  args: readonly string[] = [],
  files: Readonly<Record<string, string>> = {},
): TestRun {
  const cwd = makeTempDir();
  for (const [name, content] of Object.entries(files)) {
    if (name.endsWith("/")) mkdirSync(join(cwd, name));
    else writeFileSync(join(cwd, name), content);
  }
  writeFileSync(join(cwd, "run.yaml"), scenario);
  const { mark, env } = markedEnvironment();
  const cli = startCli(["load", "run.yaml", "--io", testIo, ...args], { cwd, env });
  const processes = () => processesWithMark(mark);
  return {
    cwd,
    cli,
    processes,
    async started(wanted) {
      const endMs = performance.now() + 20_000;
      while (!wanted(processes())) {
        if (performance.now() > endMs) throw new Error(`never came:\n${processes().join("\n")}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async finished() {
      const answer = await cli.finished;
      expect(await untilGone(processes)).toEqual([]);
      return answer;
    },
  };
}

/** The result that a run says it has written. */
export function resultOf(cwd: string, answer: CliAnswer): RunResult {
  const path = /^result: (.+)$/m.exec(answer.stdout + answer.stderr)?.[1];
  if (path === undefined) throw new Error(`no result line:\n${answer.stdout}\n${answer.stderr}`);
  return JSON.parse(readFileSync(isAbsolute(path) ? path : join(cwd, path), "utf8"));
}

// Runs in which the load generator or the server is stopped (SIGSTOP) for a while.

const stopMs = 3000;

/**
 * The gate's limit is far from what a busy machine does, and from what the stop does: a third of all messages are due
 * in it, most of which wait for much longer than the limit.
 */
const stoppedScenario = `version: 1
name: stopped
servers:
  echo: { builtin: tcp-echo, listen: "127.0.0.1:0" }
workloads:
  chat:
    target: echo
    pattern: request
    sources: 127.105.20.0/24
    connections: 20
    rate: 200/s
    message: { size: 64 }
    framing: echo
    timeout: 20s
    duration: 7s
gates:
  - chat.responseTime.p99 < 300ms
`;

/** Makes a run and stops all processes of one kind in steady state. */
export async function runStopped(entry: "agent/main" | "servers/process/main") {
  const beacon = await startBeacon();
  const [head, gates] = stoppedScenario.split("gates:");
  const signal = beaconWorkload(beacon, "20s").replace("duration: 60s", "duration: 7s");
  const run = startLoad(`${head}${signal}gates:${gates}`);
  await beacon.received(20);
  const pids = run
    .processes()
    .filter((line) => line.includes(entry))
    .map((line) => Number.parseInt(line, 10));
  for (const pid of pids) process.kill(pid, "SIGSTOP");
  await sleep(stopMs);
  for (const pid of pids) process.kill(pid, "SIGCONT");
  const answer = await run.finished();
  return { answer, result: resultOf(run.cwd, answer), stopMs };
}
