/** Whole runs of scenarios that are given as text. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { start } from "../../src/api/run.ts";
import { statusOf } from "../../src/cli/arguments/exit-status.ts";
import type { RunResult } from "../../src/results/result.ts";
import { type CliOptions, runCli } from "./run-cli.ts";
import { makeTempDir } from "./temp-dir.ts";
import { testIo } from "./test-io.ts";

export interface RunAnswer {
  /** Exit status that `slash8 load` has then. */
  readonly status: number | null;
  readonly result: RunResult;
}

export interface HereOptions {
  readonly workers?: number;
  /** Values over those of the scenario, by path. */
  readonly set?: Readonly<Record<string, string>>;
  /** After that long the run is ended; default 110 s. */
  readonly timeoutMs?: number;
}

/**
 * Makes a run over this project's io: this process plans, watches and judges it, agents and servers are processes as
 * built. Half of what a run of the command takes goes to a process that does the same.
 */
export function runScenario(yaml: string, options: HereOptions = {}): Promise<RunAnswer> {
  const file = join(makeTempDir(), "scenario.yaml");
  writeFileSync(file, yaml);
  return runFile(file, options);
}

/** The same for a scenario's file. */
export async function runFile(file: string, options: HereOptions = {}): Promise<RunAnswer> {
  const { timeoutMs = 110_000, ...given } = options;
  const messages: string[] = [];
  await using run = start(file, {
    io: testIo,
    onMessage: (message) => messages.push(message),
    ...given,
  });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    void run.stop();
    void run.stop();
  }, timeoutMs);
  try {
    const result = await run.result;
    if (isLate) throw new Error(`ended after ${timeoutMs} ms: ${messages.join("\n")}`);
    // As it is written.
    return {
      status: statusOf[result.run.outcome],
      result: JSON.parse(JSON.stringify(result)),
    };
  } finally {
    clearTimeout(timer);
  }
}

/** `slash8 load` on a scenario given as text, over this project's io. @returns exit status and result */
export async function runAsBuilt(
  yaml: string,
  options: CliOptions = {},
): Promise<RunAnswer & { readonly stderr: string }> {
  const folder = makeTempDir();
  const file = join(folder, "scenario.yaml");
  writeFileSync(file, yaml);
  const answer = await runCli(
    ["load", file, "--json", "--quiet", "--io", testIo, "--out", join(folder, "result.json")],
    options,
  );
  if (answer.stdout === "") throw new Error(`no result, exit ${answer.status}: ${answer.stderr}`);
  return { status: answer.status, result: JSON.parse(answer.stdout), stderr: answer.stderr };
}
