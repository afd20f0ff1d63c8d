/** The summary of a series of runs of one scenario, written next to their results: `<name>-summary.json`. */
import type { Unit } from "../../gates/metric.ts";
import type { GateOutcome, HostResult, Outcome, Tool } from "../result.ts";

export interface SeriesResult {
  readonly schemaVersion: 1;
  readonly kind: "series";
  readonly tool: Tool;
  readonly scenario: { readonly name: string; readonly file: string; readonly sha256: string };
  /** Of the first run. */
  readonly host: HostResult;
  readonly startedAt: string;
  /** Runs requested; `runs` has fewer where the series was ended. */
  readonly repeat: number;
  readonly runs: readonly {
    /** Next to this file. */
    readonly file: string;
    readonly startedAt: string;
    readonly outcome: Outcome;
  }[];
  /** The worst of the runs and gates: interrupted, fail, invalid (or too few runs were made), pass, in this order. */
  readonly outcome: Outcome;
  readonly reasons: readonly string[];
  /** Over the runs that are not invalid or interrupted, by workload and metric. */
  readonly workloads: Readonly<Record<string, Readonly<Record<string, Spread>>>>;
  /** Gates that compare with a baseline: judged once, by the medians over the runs. */
  readonly gates: readonly GateOutcome[];
  /** Files of the results that `baseline` stood for. */
  readonly baseline: readonly string[];
}

/** A metric over several runs. */
export interface Spread {
  readonly unit: Unit;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** Standard deviation of the runs, as a ratio to their mean; null for one run. */
  readonly variation: number | null;
  /** By run. */
  readonly values: readonly number[];
}
