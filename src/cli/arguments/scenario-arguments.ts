import { UserError } from "../../base/errors.ts";
import type { IoChoice } from "../../base/io-kind.ts";
import { loadChecked } from "../../run/check-scenario.ts";
import type { ParseOptions } from "../../scenario/parse.ts";
import type { Scenario } from "../../scenario/scenario.ts";

type Arguments = Readonly<Record<string, unknown>>;

/**
 * Reads the scenario that the arguments name, with the `--set` options applied.
 *
 * @param check what else may be wrong with it
 * @throws (rejects with) ScenarioError with everything that is wrong with it; UserError where the file cannot be read
 */
export async function readScenario(
  args: Arguments,
  check?: ParseOptions["check"],
): Promise<Scenario> {
  const path = String(args.scenario);
  if (path === "") throw new UserError("a scenario file is missing: its name is empty");
  return loadChecked(path, {
    set: args.set as readonly string[],
    env: process.env,
    allowRemote: args["allow-remote"] === true,
    ...(check === undefined ? {} : { check }),
  });
}

/** Returns what the arguments say about how to run the scenario. */
export function runChoices(args: Arguments): {
  readonly io: IoChoice;
  readonly workers: number | null;
} {
  return { io: args.io as IoChoice, workers: (args.workers as number | undefined) ?? null };
}
