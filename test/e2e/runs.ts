/** What the end-to-end tests share: small scenarios, runs of the built command, their results. */
import { readFileSync, writeFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { expect } from "vitest";
import type { RunResult } from "../../src/results/result.ts";
import { markedEnvironment, processesWithMark, untilGone } from "../support/process-tree.ts";
import { type CliAnswer, type RunningCli, startCli } from "../support/run-cli.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { testIo } from "../support/test-io.ts";

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
    think: 1ms
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
 * @param files to lie beside the scenario, content by name
 */
export function startLoad(
  scenario: string,
  args: readonly string[] = [],
  files: Readonly<Record<string, string>> = {},
): TestRun {
  const cwd = makeTempDir();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(cwd, name), content);
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
