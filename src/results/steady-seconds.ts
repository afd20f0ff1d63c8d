import type { TimelineEntry, WorkloadResult } from "./result.ts";

type Timed = Pick<WorkloadResult, "steady">;

/** Times are quotients: the same moment may differ in its last digit. */
const sameMs = 1e-3;

const secondMs = 1000;

/**
 * Whether a second of a timeline is of steady state: the last one may end after it. Results of versions before
 * counted seconds from the run's start; their first one, which began before steady state, is not of it.
 */
export function isOfSteadyState({ steady }: Timed, { atMs }: Pick<TimelineEntry, "atMs">): boolean {
  return steady !== null && atMs >= steady.fromMs - sameMs && atMs < steady.toMs - sameMs;
}

/** Whether all of a second, or of several together, lies in steady state. */
export function isWholeSecond(
  workload: Timed,
  entry: Pick<TimelineEntry, "atMs" | "seconds">,
): boolean {
  const { steady } = workload;
  if (steady === null || !isOfSteadyState(workload, entry)) return false;
  return entry.atMs + entry.seconds * secondMs <= steady.toMs + sameMs;
}
