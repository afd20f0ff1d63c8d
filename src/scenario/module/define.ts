/** What `import ... from "slash8"` gives: types for scenarios in TypeScript. */
import type { z } from "zod";
import type { scenarioSchema } from "../schema/schema.ts";

/** A scenario as it is written: the fields of docs/reference/scenario.md. */
export type ScenarioInput = z.input<typeof scenarioSchema>;
export type WorkloadInput = ScenarioInput["workloads"][string];
export type ServerInput = NonNullable<ScenarioInput["servers"]>[string];

/** Returns the scenario as it is: for editors, which know its fields by it. */
export function defineScenario(scenario: ScenarioInput): ScenarioInput {
  return scenario;
}
