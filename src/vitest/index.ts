/** What `import ... from "slash8/vitest"` gives: matchers of results for `expect`, and tests that are runs. */
import { expect } from "vitest";
import type { LoadTestMeta } from "./load-test.ts";
import { matchers, type ResultMatchers } from "./matchers.ts";

export type { Results, SlowerOptions } from "../assert/judge-slower.ts";
export { NoVerdictError } from "../assert/no-verdict.ts";
export {
  type LoadTest,
  type LoadTestCheck,
  type LoadTestMeta,
  type LoadTestOptions,
  type LoadTestRun,
  loadTest,
} from "./load-test.ts";
export type { BaselineOptions, ResultMatchers } from "./matchers.ts";

declare module "vitest" {
  interface Assertion<T> extends ResultMatchers {}
  interface TaskMeta {
    /** Of a test that `loadTest` declared. */
    slash8?: LoadTestMeta;
  }
}

expect.extend(matchers);
