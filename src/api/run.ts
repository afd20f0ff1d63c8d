import { createHandle } from "./create-handle.ts";
import type { RunHandle } from "./handle.ts";
import type { RunOptions, ScenarioPath } from "./options.ts";
import type { RunResult } from "./result.ts";
import type { DefinedScenario, ScenarioInput } from "./scenario.ts";

/**
 * Makes a run, whatever its verdict: `result.run.outcome` is "pass", "fail", "invalid" or "interrupted".
 *
 * It prints nothing, handles no signals, and leaves no file, but where `out` says. A scenario's `repeat` is not looked at.
 *
 * @throws (rejects with) where no run was made: ScenarioError, CapacityError, or another UserError, whose `code` says why
 * @example
 * const result = await run("chat.yaml");
 * console.log(result.run.outcome, result.workloads.chat?.responseTime.p99);
 */
export function run(scenario: ScenarioPath, options?: RunOptions): Promise<RunResult>;
/** Of a scenario as a program has it: the result knows its names. */
export function run<const Workload extends string, const Server extends string = never>(
  scenario: ScenarioInput<Workload, Server> | DefinedScenario<Workload, Server>,
  options?: RunOptions<Workload, Server>,
): Promise<RunResult<Workload, Server>>;
export function run(scenario: ScenarioPath | object, options: RunOptions = {}): Promise<RunResult> {
  return begin(scenario, options).result;
}

/**
 * Starts a run, as `run` does, and returns what it can be watched and stopped by.
 *
 * @throws never; `result` rejects
 * @example
 * await using load = start("chat.yaml");
 * for await (const { state, workloads } of load) {
 *   console.log(state, workloads.chat?.receivedPerSecond);
 * }
 */
export function start(scenario: ScenarioPath, options?: RunOptions): RunHandle;
/** Of a scenario as a program has it: snapshots and the result know its names. */
export function start<const Workload extends string, const Server extends string = never>(
  scenario: ScenarioInput<Workload, Server> | DefinedScenario<Workload, Server>,
  options?: RunOptions<Workload, Server>,
): RunHandle<Workload, Server>;
export function start(scenario: ScenarioPath | object, options: RunOptions = {}): RunHandle {
  return begin(scenario, options);
}

/** All that a run needs is loaded when there is one: a scenario's module, or a test file, that imports slash8 costs nothing. */
function begin(scenario: ScenarioPath | object, options: RunOptions): RunHandle {
  return createHandle(options, async (control) => {
    const { makeRun } = await import("./making/make-run.ts");
    return makeRun(scenario, options, control);
  });
}
