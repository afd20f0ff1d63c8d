import type { ReadOptions, ScenarioPath } from "./options.ts";
import type { RunPlan } from "./run-plan.ts";
import type { DefinedScenario, ScenarioInput } from "./scenario.ts";

/**
 * Plans a run without making it. Servers that only a function can give an address are started, and closed again.
 *
 * @throws (rejects with) as `run`, but a machine that cannot hold the plan is one of its `checks`
 * @example
 * const { fits, checks, totals } = await plan("chat.yaml");
 */
export function plan(scenario: ScenarioPath, options?: ReadOptions): Promise<RunPlan>;
/** Of a scenario as a program has it. */
export function plan<const Workload extends string, const Server extends string = never>(
  scenario: ScenarioInput<Workload, Server> | DefinedScenario<Workload, Server>,
  options?: ReadOptions,
): Promise<RunPlan>;
export async function plan(
  scenario: ScenarioPath | object,
  options: ReadOptions = {},
): Promise<RunPlan> {
  const { makePlan } = await import("./making/make-plan.ts");
  return makePlan(scenario, options);
}
