import type { WorkloadMeasured } from "../results/build/input.ts";
import type { WorkloadClock } from "./run-clock.ts";

/**
 * When a workload's phases began, as results have it.
 *
 * @param clock undefined where the run did not come so far
 * @param endNs of steady state, or of what is looked at of it; null: it was not reached
 */
export function workloadTimes(
  clock: WorkloadClock | undefined,
  endNs: number | null,
): WorkloadMeasured["times"] {
  const { openNs = null, connectedNs = null, steadyNs = null } = clock ?? {};
  const reached = steadyNs !== null && endNs !== null && endNs > steadyNs;
  return {
    openNs,
    connectedNs,
    steadyNs: reached ? steadyNs : null,
    endNs: reached ? endNs : null,
  };
}
