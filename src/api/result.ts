/** Results as programs read them: what a result file has, with the names of the scenario, and percentiles by name. */
import type { Histogram as StoredHistogram } from "../metrics/histogram.ts";
import type {
  ResultBody,
  ScenarioOfResult,
  PartResult as StoredPart,
  RunResult as StoredResult,
  WorkloadResult as StoredWorkload,
} from "../results/result.ts";
import type { ServerResult } from "../results/server-result.ts";

/** A histogram, in ns; null: it has no samples. */
export interface Histogram extends StoredHistogram {
  /** The median. */
  readonly p50: number | null;
  /** The 90th percentile, and so on. */
  readonly p90: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly "p99.9": number | null;
  readonly "p99.99": number | null;
}

/** Histograms wherever the stored form has one. */
type WithPercentiles<Value> = Value extends StoredHistogram
  ? Histogram
  : Value extends readonly unknown[] | string | number | boolean | null | undefined
    ? Value
    : Value extends object
      ? { readonly [Key in keyof Value]: WithPercentiles<Value[Key]> }
      : Value;

/** What a result says of a workload, with percentiles by name. */
export type WorkloadResult = WithPercentiles<StoredWorkload>;
/** What a result says of a part of a workload: a message of a mix, or a step. */
export type PartResult = WithPercentiles<StoredPart>;

/** The result of a run: docs/results.md has the fields. `JSON.stringify` writes it as a result file. */
export type RunResult<Workload extends string = string, Server extends string = string> = Omit<
  ResultBody,
  "workloads" | "servers"
> & {
  readonly scenario: ScenarioOfResult & {
    /** With all defaults; its fields are not part of the contract. */
    readonly resolved: Readonly<Record<string, unknown>>;
  };
  /** By name. */
  readonly workloads: { readonly [Name in Workload]: WorkloadResult };
  /** By name. */
  readonly servers: { readonly [Name in Server]: ServerResult };
  /** The file that it was written to, or read from; null: none. It is not part of what is written. */
  readonly file: string | null;
};

const percentiles = {
  get p50() {
    return stated(this, "50");
  },
  get p90() {
    return stated(this, "90");
  },
  get p95() {
    return stated(this, "95");
  },
  get p99() {
    return stated(this, "99");
  },
  get "p99.9"() {
    return stated(this, "99.9");
  },
  get "p99.99"() {
    return stated(this, "99.99");
  },
};

function stated(histogram: object, name: keyof StoredHistogram["percentiles"]): number | null {
  return (histogram as StoredHistogram).percentiles[name];
}

/**
 * Gives a result what programs read it by. None of it is written with the result.
 *
 * @param file that it was written to, or read from
 */
export function readable(result: StoredResult, file: string | null): RunResult {
  const workloads = withPercentiles(result.workloads) as RunResult["workloads"];
  return Object.defineProperty({ ...result, workloads }, "file", { value: file }) as never;
}

function withPercentiles(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, withPercentiles(inner)]);
  const copy = Object.fromEntries(entries) as object;
  return "hdr" in value && "percentiles" in value
    ? Object.assign(Object.create(percentiles) as object, copy)
    : copy;
}
