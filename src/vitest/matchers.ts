/** Matchers of results for vitest's `expect`. */
import { relative } from "node:path";
import type { Gate } from "../api/gates.ts";
import type { RunResult } from "../api/result.ts";
import { type Answer, judgeHolds, judgePasses, storedOf } from "../assert/judge.ts";
import { judgeNoSlower, type Results, type SlowerOptions } from "../assert/judge-slower.ts";
import { type Caller, NoVerdictError } from "../assert/no-verdict.ts";
import { UserError } from "../base/errors.ts";
import { baselineFiles, baselineFolder, writeBaseline } from "./baselines.ts";

/** When results are worse than the baseline that is kept, and which one that is. */
export interface BaselineOptions extends SlowerOptions {
  /** Which baseline of the test file. Default: the name of the test. */
  readonly name?: string;
}

/** What is asked of results. A run that is invalid fails with its reason, with `.not` as well. */
export interface ResultMatchers<R = unknown> {
  /**
   * The run has passed: all of its gates, and what is asked of every run.
   *
   * @throws NoVerdictError where the run is invalid
   * @example
   * const result = await readResult("results/chat.json");
   * expect(result).toPassGates();
   */
  toPassGates(): R;
  /**
   * A gate holds, one of the scenario or another.
   *
   * @throws NoVerdictError where the run is invalid, or what disturbed it may be why; UserError where it is not a gate
   * @example
   * const result = await readResult("results/chat.json");
   * expect(result).toHold("chat.responseTime.p99 < 5ms");
   */
  toHold(gate: string | Gate): R;
  /**
   * A result, or better several, is no worse than earlier ones, as `slash8 compare` decides it: results, or their files.
   *
   * @throws NoVerdictError where there are too few runs, or they were made under other conditions; UserError where a file cannot be read
   * @example
   * expect("results/new-summary.json").toBeNoSlowerThan("results/base-summary.json", { by: "10%" });
   */
  toBeNoSlowerThan(baseline: Results, options?: SlowerOptions): R;
  /**
   * Results are no worse than those that are kept beside the test file, in `__baselines__/`: written where there are none
   * (not in CI), and again by `vitest -u`.
   *
   * @throws NoVerdictError where there are too few runs, or they were made under other conditions
   * @example
   * loadTest("is no slower than before", "chat.yaml", { repeat: 5 }, (_, { results }) => {
   *   expect(results).toMatchBaseline({ by: "10%" });
   * });
   */
  toMatchBaseline(options?: BaselineOptions): R;
}

/** What vitest gives a matcher. */
interface MatcherState {
  readonly isNot?: boolean;
  readonly testPath?: string | undefined;
  readonly currentTestName?: string | undefined;
  readonly snapshotState?: object;
}

/** As vitest's `--update`: nothing is written in CI, what is missing elsewhere, everything with -u. */
type UpdateMode = "none" | "new" | "all";

interface Matched {
  readonly pass: boolean;
  message(): string;
}

export const matchers = {
  toPassGates(this: MatcherState, result: RunResult): Matched {
    return matched(judgePasses(result), matchers.toPassGates);
  },

  toHold(this: MatcherState, result: RunResult, gate: string | Gate): Matched {
    return matched(judgeHolds(result, gate), matchers.toHold);
  },

  toBeNoSlowerThan(
    this: MatcherState,
    results: Results,
    baseline: Results,
    options?: SlowerOptions,
  ): Matched {
    return matched(judgeNoSlower(results, baseline, options), matchers.toBeNoSlowerThan);
  },

  toMatchBaseline(
    this: MatcherState,
    given: RunResult | readonly RunResult[],
    { name, ...options }: BaselineOptions = {},
  ): Matched {
    const { isNot = false, testPath, currentTestName } = this;
    const which = name ?? currentTestName;
    if (isNot) {
      throw new UserError("toMatchBaseline has no .not: use .not.toBeNoSlowerThan with a file");
    }
    if (testPath === undefined || which === undefined || which.trim() === "") {
      throw new UserError("toMatchBaseline is used in a test: a baseline has the name of its test");
    }
    const results = (Array.isArray(given) ? given : [given]) as readonly RunResult[];
    const folder = baselineFolder(testPath, which);
    const files = baselineFiles(folder);
    const mode = updateMode(this);
    if (mode === "all" || (mode === "new" && files.length === 0)) {
      return kept(folder, results);
    }
    const shown = relative(process.cwd(), folder);
    if (files.length === 0) {
      const message = () =>
        `there is no baseline in ${shown}, and none is written in CI: run the test on this machine with vitest -u, ` +
        "and keep the folder between its jobs (or in the repository, if they run on the same machine)";
      return { pass: false, message };
    }
    const answer = judgeNoSlower(results, files, options);
    const update = `baseline: ${shown}; vitest -u writes it again`;
    return matched(
      { ...answer, message: () => `${answer.message()}\n\n${update}` },
      matchers.toMatchBaseline,
    );
  },
};

/** Where nothing was found, the matcher fails whichever way it was asked. */
function matched({ holds, reason, message }: Answer, caller: Caller): Matched {
  if (holds === null) throw new NoVerdictError(message(), reason, caller);
  return { pass: holds, message };
}

function updateMode({ snapshotState }: MatcherState): UpdateMode {
  const { _updateSnapshot: mode } = (snapshotState ?? {}) as { _updateSnapshot?: UpdateMode };
  if (mode !== undefined) return mode;
  return (process.env.CI ?? "") === "" ? "new" : "none";
}

/** Only runs that passed are worth comparing with. */
function kept(folder: string, results: readonly RunResult[]): Matched {
  for (const result of results) {
    const { holds, ...answer } = judgePasses(result);
    if (holds === true) continue;
    return matched({ holds, ...answer }, matchers.toMatchBaseline);
  }
  if (results.length === 0) throw new UserError("there is no result to keep as a baseline");
  writeBaseline(folder, results.map(storedOf));
  console.info(`slash8: baseline written to ${relative(process.cwd(), folder)}`);
  return { pass: true, message: () => `the baseline ${folder} was written` };
}
