import type { Comparison } from "../compare/compare.ts";
import type { Ratio } from "./gates.ts";
import type { RunResult } from "./result.ts";

/** Results of one side: files, results that are there already, or the file of a series' summary for all of its runs. */
export type ComparedResults = string | RunResult | readonly (string | RunResult)[];

/** How results are compared. */
export interface CompareOptions {
  /** How often a difference may be reported where there is none, over all metrics. Default: 0.05. */
  readonly alpha?: number;
  /** How much worse a metric may be: `0.1`, or `"10%"`. Default: 5 %. */
  readonly tolerance?: Ratio;
  /** Metrics to compare, such as `responseTime.p99.9`. Default: by the pattern of each workload. */
  readonly metrics?: readonly string[];
  /** How the runs belong together. "paired": run i of one side was made next to run i of the other. Default: "independent". */
  readonly design?: Comparison["design"];
}
