import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunResult } from "../../src/results/result.ts";
import { type CliOptions, runCli } from "./run-cli.ts";
import { makeTempDir } from "./temp-dir.ts";
import { testIo } from "./test-io.ts";

/** `slash8 load` on a scenario given as text, over this project's io. @returns exit status and result */
export async function runScenario(
  yaml: string,
  args: readonly string[] = [],
  options: CliOptions = {},
): Promise<{ status: number | null; result: RunResult; stderr: string }> {
  const folder = makeTempDir();
  const file = join(folder, "scenario.yaml");
  writeFileSync(file, yaml);
  const answer = await runCli(
    [
      ...["load", file, "--json", "--quiet", "--io", testIo],
      ...["--out", join(folder, "result.json"), ...args],
    ],
    options,
  );
  if (answer.stdout === "") throw new Error(`no result, exit ${answer.status}: ${answer.stderr}`);
  return { status: answer.status, result: JSON.parse(answer.stdout), stderr: answer.stderr };
}
