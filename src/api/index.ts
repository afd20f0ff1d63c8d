/**
 * What `import ... from "slash8"` gives. It loads next to nothing: a scenario's module imports it for its types, and a
 * test file must not wait for it.
 */
export {
  CapacityError,
  type ErrorCode,
  type MachineCheck,
  UserError,
} from "../base/errors.ts";
export type { Comparison, MetricTest } from "../compare/compare.ts";
export type { ServerResult } from "../results/server-result.ts";
export type {
  GateFields,
  ScenarioFields,
  ServerFields,
  WorkloadFields,
} from "../scenario/input.ts";
export { type Problem, ScenarioError } from "../scenario/source/scenario-error.ts";
export { compare } from "./compare.ts";
export type { ComparedResults, CompareOptions } from "./compare-options.ts";
export {
  type Duration,
  type Gate,
  gate,
  type Limit,
  type Metric,
  type Metrics,
  type PartMetrics,
  type Rate,
  type Ratio,
  type Scaled,
  type ServerMetrics,
  type Size,
  type Timing,
  type WorkloadMetrics,
} from "./gates.ts";
export type { RunHandle } from "./handle.ts";
export type { ReadOptions, RunOptions, ScenarioPath } from "./options.ts";
export { plan } from "./plan.ts";
export { readResult } from "./read-result.ts";
export type { Histogram, PartResult, RunResult, WorkloadResult } from "./result.ts";
export { run, start } from "./run.ts";
export type { RunPlan } from "./run-plan.ts";
export {
  type DefinedScenario,
  defineScenario,
  type GateInput,
  type ScenarioInput,
  type ServerAddress,
  type ServerInput,
  type ServerObject,
  type ServerSource,
  type ServerStarter,
  type StartedServer,
  type WorkloadInput,
} from "./scenario.ts";
export type { Snapshot, WorkloadSnapshot } from "./snapshot.ts";
