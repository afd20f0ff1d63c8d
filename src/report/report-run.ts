import type { RunResult } from "../results/result.ts";
import { completeResult } from "./complete-result.ts";

/** A result as it was read, and what tells it from the others of a report: its file's name. */
export interface ReportInput {
  readonly label: string;
  readonly result: RunResult;
}

/** One run of a report: its result, every field there, and where its time begins. */
export interface ReportRun extends ReportInput {
  readonly index: number;
  /** ms since the run's start: the first workload reached steady state; the start where none did. */
  readonly zeroMs: number;
}

/** Several runs of a report are told apart by colour. */
export const mostRuns = 8;

export function reportRuns(inputs: readonly ReportInput[]): ReportRun[] {
  return inputs.map(({ label, result }, index) => {
    const complete = completeResult(result);
    const starts = Object.values(complete.workloads).flatMap(({ steady }) =>
      steady == null ? [] : [steady.fromMs],
    );
    return { label, result: complete, index, zeroMs: starts.length > 0 ? Math.min(...starts) : 0 };
  });
}

/** Seconds since the run's zero. */
export function secondsOf(run: ReportRun, atMs: number): number {
  return (atMs - run.zeroMs) / 1000;
}

/** The names of workloads or servers over all runs, in the order in which they are met. */
export function namesOver(
  runs: readonly ReportRun[],
  of: (result: RunResult) => Readonly<Record<string, unknown>>,
): string[] {
  return [...new Set(runs.flatMap(({ result }) => Object.keys(of(result))))];
}
