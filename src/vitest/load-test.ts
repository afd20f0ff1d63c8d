import { type TestContext, test } from "vitest";
import type { RunOptions, ScenarioPath } from "../api/options.ts";
import type { RunResult } from "../api/result.ts";
import { start } from "../api/run.ts";
import type { DefinedScenario, ScenarioInput } from "../api/scenario.ts";
import { takeTurn } from "../api/turn.ts";
import { judgePasses, storedOf } from "../assert/judge.ts";
import { NoVerdictError } from "../assert/no-verdict.ts";
import { CapacityError, UserError } from "../base/errors.ts";
import { formatDuration, formatRate } from "../base/units.ts";
import { RunWatch } from "./watch.ts";

/** Options of `loadTest`: those of `run`, and what becomes of the test. */
export interface LoadTestOptions<Workload extends string = string, Server extends string = string>
  extends Omit<RunOptions<Workload, Server>, "signal"> {
  /** How often a run is made again while it is invalid. Default: 2. */
  readonly retries?: number;
  /** What a run is that stays invalid: the test is skipped with its reason, or fails. Default: "skip". */
  readonly onInvalid?: "skip" | "fail";
  /** How many runs are made, one after the other. Default: the scenario's `repeat`, or 1. */
  readonly repeat?: number;
  /** Whether it waits for its turn, so that runs of several test files do not disturb each other. Default: true. */
  readonly exclusive?: boolean;
  /** How long nothing may happen, ms, before a run is ended that is beyond its planned end. Default: 60,000. */
  readonly patience?: number;
}

/** What a test has beside its result. */
export interface LoadTestRun<Workload extends string = string, Server extends string = string> {
  /** Of all runs, where several are made. */
  readonly results: readonly RunResult<Workload, Server>[];
  /** Of vitest. */
  readonly context: TestContext;
}

/** Called with the result of the first run, once every run has passed. */
export type LoadTestCheck<Workload extends string = string, Server extends string = string> = (
  result: RunResult<Workload, Server>,
  run: LoadTestRun<Workload, Server>,
) => unknown;

/** What reporters find in `task.meta.slash8`. */
export interface LoadTestMeta {
  /** Of the first run. */
  readonly outcome: RunResult["run"]["outcome"];
  /** Why it is that outcome; empty for a pass. */
  readonly reasons: readonly string[];
  /** Files of results, where `out` is given. */
  readonly files: readonly string[];
  /** By name: response times in ns, and replies in a second; null without samples. */
  readonly workloads: Readonly<
    Record<
      string,
      {
        readonly p50Ns: number | null;
        readonly p99Ns: number | null;
        readonly receivedPerSecond: number | null;
      }
    >
  >;
}

/** A scenario, or what makes one when the test begins. */
type Given<Scenario> = Scenario | (() => Scenario | PromiseLike<Scenario>);
type Declared<Workload extends string, Server extends string> = Given<
  ScenarioInput<Workload, Server> | DefinedScenario<Workload, Server>
>;

/**
 * Declares a test: its name, a scenario or a function that makes one when the test begins, options, and what is asked of the
 * result once every run has passed.
 */
// Objects before paths: TypeScript has a function without parameters, which makes either, typed by the first of them.
export interface LoadTest {
  <const Workload extends string, const Server extends string = never>(
    name: string,
    scenario: Declared<Workload, Server>,
    check?: LoadTestCheck<Workload, Server>,
  ): void;
  <const Workload extends string, const Server extends string = never>(
    name: string,
    scenario: Declared<Workload, Server>,
    options: LoadTestOptions<Workload, Server>,
    check?: LoadTestCheck<Workload, Server>,
  ): void;
  (name: string, scenario: Given<ScenarioPath>, check?: LoadTestCheck): void;
  (
    name: string,
    scenario: Given<ScenarioPath>,
    options: LoadTestOptions,
    check?: LoadTestCheck,
  ): void;
}

type Declare = typeof test | typeof test.only;

function loadTestOf(declare: Declare): LoadTest {
  return (
    name: string,
    scenario: Given<ScenarioPath | object>,
    given: LoadTestOptions | LoadTestCheck = {},
    check?: LoadTestCheck,
  ) => {
    const [options, checking] = typeof given === "function" ? [{}, given] : [given, check];
    // A run ends by the scenario's own clock, and may have to wait for its turn before.
    declare(name, { timeout: 0 }, (context) =>
      concludeRuns(() => runsOf(scenario, options, context), options, checking, context),
    );
  };
}

/**
 * Declares a test that makes a run, and passes if that does. A run that is invalid is made again; if it stays so, the test
 * is skipped with the reason, as nothing was found about the server.
 *
 * @throws (fails with) AssertionError where a gate, or the run otherwise, has failed; what `run` rejects with, where no run was made
 * @example
 * loadTest("holds 2,000 requests/s", "chat.yaml", (result) => {
 *   expect(result).toHold("chat.responseTime.p99 < 20ms");
 * });
 */
export const loadTest: LoadTest & {
  /** As `test.only`. */
  readonly only: LoadTest;
  /** As `test.skip`. */
  readonly skip: LoadTest;
} = Object.assign(loadTestOf(test), {
  only: loadTestOf(test.only),
  skip: loadTestOf(test.skip),
});

/**
 * Passes, fails or skips the test.
 *
 * @param make resolves to one result or more
 */
export async function concludeRuns(
  make: () => Promise<readonly RunResult[]>,
  { onInvalid = "skip" }: Pick<LoadTestOptions, "onInvalid">,
  check: LoadTestCheck | undefined,
  context: TestContext,
): Promise<void> {
  try {
    const results = await make();
    const [first] = results as readonly [RunResult];
    await attach(results, context);
    // One that has failed says more than one that is invalid.
    const open = results.filter((result) => judgePasses(result).holds === null);
    for (const result of results) {
      if (!open.includes(result)) context.expect(result).toPassGates();
    }
    for (const result of open) context.expect(result).toPassGates();
    await check?.(first, { results, context });
  } catch (error) {
    const reason = noVerdict(error);
    const isStopped = (context.signal as AbortSignal | undefined)?.aborted === true;
    if (reason === null || isStopped || onInvalid === "fail") throw error;
    // Vitest shows reasons of its own since it has annotations, in 3.2.
    if ((context.annotate as unknown) === undefined) {
      console.warn(`slash8: ${context.task.name} is skipped: ${reason}`);
    }
    context.skip(reason);
  }
}

async function runsOf(
  scenario: Given<ScenarioPath | object>,
  options: LoadTestOptions,
  context: TestContext,
): Promise<readonly RunResult[]> {
  // Vitest has it since 3.2.
  const signal = context.signal as AbortSignal | undefined;
  const made = typeof scenario === "function" ? await scenario() : scenario;
  const turn = options.exclusive === false ? null : await takeTurn(() => signal?.throwIfAborted());
  try {
    const results: RunResult[] = [];
    let repeat = options.repeat ?? 1;
    if (!Number.isInteger(repeat) || repeat < 1) {
      throw new UserError(`repeat: ${repeat} is not a number of runs: give an integer from 1`);
    }
    while (results.length < repeat) {
      const result = await runOnce(made, options, signal);
      results.push(result);
      repeat = options.repeat ?? storedOf(result).scenario.resolved.repeat;
      if (result.run.outcome === "invalid" || result.run.outcome === "interrupted") break;
    }
    return results;
  } finally {
    await turn?.release();
  }
}

async function runOnce(
  scenario: ScenarioPath | object,
  options: LoadTestOptions,
  signal: AbortSignal | undefined,
): Promise<RunResult> {
  const { onInvalid: _, repeat: __, exclusive: ___, patience = 60_000, ...rest } = options;
  const watch = new RunWatch(patience, () => {
    handle.stop();
    handle.stop();
  });
  const handle = start(scenario as ScenarioPath, {
    retries: 2,
    ...rest,
    signal,
    onSnapshot(snapshot) {
      watch.saw(snapshot);
      rest.onSnapshot?.(snapshot);
    },
  });
  try {
    const result = await handle.result;
    if (watch.reason !== null) throw new Error(watch.reason);
    return result;
  } catch (error) {
    throw watch.reason === null ? error : new Error(watch.reason, { cause: error });
  } finally {
    watch.stop();
  }
}

/** Why nothing was found about the server; null: something was, or the test is wrong. */
function noVerdict(error: unknown): string | null {
  if (error instanceof NoVerdictError) return error.reason;
  if (error instanceof CapacityError) return error.message;
  return error instanceof UserError && error.code === "skipped" ? error.message : null;
}

async function attach(results: readonly RunResult[], context: TestContext): Promise<void> {
  const [{ run, workloads }] = results as readonly [RunResult];
  const figures = Object.entries(workloads).map(([name, { responseTime, rate }]) => {
    const { p50: p50Ns, p99: p99Ns } = responseTime;
    return [name, { p50Ns, p99Ns, receivedPerSecond: rate.receivedPerSecond }] as const;
  });
  const meta: LoadTestMeta = {
    outcome: run.outcome,
    reasons: run.reasons,
    files: results.map(({ file }) => file).filter((file) => file !== null),
    workloads: Object.fromEntries(figures),
  };
  context.task.meta.slash8 = meta;
  // Vitest has them since 3.2.
  const annotate = context.annotate as TestContext["annotate"] | undefined;
  const texts = figures.flatMap(([name, { p50Ns, p99Ns, receivedPerSecond }]) =>
    p50Ns === null || p99Ns === null
      ? []
      : [
          `${name}: p50 ${formatDuration(p50Ns)}, p99 ${formatDuration(p99Ns)}` +
            (receivedPerSecond === null ? "" : `, ${formatRate(receivedPerSecond)}`),
        ],
  );
  if (texts.length > 0) await annotate?.(texts.join("; "), "slash8");
}
