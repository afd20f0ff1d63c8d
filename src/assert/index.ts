/**
 * What `import ... from "slash8/assert"` gives: assertions for runners that have their own ways to declare tests, such as
 * node:test, jest and mocha. They throw AssertionErrors.
 */
import { AssertionError } from "node:assert";
import type { Gate } from "../api/gates.ts";
import type { RunResult } from "../api/result.ts";
import { type Answer, judgeHolds, judgePasses } from "./judge.ts";
import { judgeNoSlower, type Results, type SlowerOptions } from "./judge-slower.ts";
import { type Caller, NoVerdictError } from "./no-verdict.ts";

export { NoVerdictError, type Results, type SlowerOptions };

/**
 * Asserts that a run has passed.
 *
 * @throws AssertionError where a gate, or the run otherwise, has failed; NoVerdictError where it is invalid
 * @example
 * assertPasses(await run("chat.yaml"));
 */
export function assertPasses(result: RunResult): void {
  check(judgePasses(result), assertPasses);
}

/**
 * Asserts that a gate holds, one of the scenario or another.
 *
 * @throws AssertionError where it does not; NoVerdictError where the run is invalid, or what disturbed it may be why
 * @example
 * const result = await readResult("results/chat.json");
 * assertHolds(result, "chat.responseTime.p99 < 5ms");
 */
export function assertHolds(result: RunResult, gate: string | Gate): void {
  check(judgeHolds(result, gate), assertHolds);
}

/**
 * Asserts that results are no worse than earlier ones, as `slash8 compare` decides it: with five runs or more per side.
 *
 * @throws AssertionError where a metric is worse; NoVerdictError where there are too few runs, or they were made under
 *         other conditions
 * @example
 * assertNoSlower("results/new-summary.json", "results/base-summary.json", { by: "10%" });
 */
export function assertNoSlower(results: Results, baseline: Results, options?: SlowerOptions): void {
  check(judgeNoSlower(results, baseline, options), assertNoSlower);
}

function check({ holds, reason, message, actual, expected }: Answer, caller: Caller): void {
  if (holds === true) return;
  if (holds === null) throw new NoVerdictError(message(), reason, caller);
  throw new AssertionError({
    message: message(),
    actual,
    expected,
    operator: caller.name,
    stackStartFn: caller,
  });
}
