import { readBaseline } from "../../api/making/baseline.ts";
import type { BaselineResult } from "../../results/baseline-result.ts";
import type { Scenario } from "../../scenario/scenario.ts";
import { printNotice } from "../terminal/output.ts";

type Arguments = Readonly<Record<string, unknown>>;

/** The files of `--baseline`. */
export function baselineArguments(args: Arguments): readonly string[] {
  return (args.baseline as readonly string[] | undefined) ?? [];
}

/** Reads what `baseline` in gates refers to, and says where `--baseline` is of no use. @throws as `readBaseline` */
export async function readGivenBaseline(
  scenario: Scenario,
  args: Arguments,
): Promise<readonly BaselineResult[]> {
  const { baseline, isUnused } = readBaseline(scenario, baselineArguments(args));
  if (isUnused) {
    await printNotice('slash8: --baseline is of no use: no gate compares with "baseline"');
  }
  return baseline;
}
