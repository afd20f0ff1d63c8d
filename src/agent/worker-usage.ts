import type { WorkerUtilization } from "../machine/usage/utilization-meter.ts";
import type { WorkerUse } from "../results/result.ts";

/** Combines a worker's intervals into one; they must not overlap. */
export function combinedUtilization(utilizations: readonly WorkerUtilization[]): WorkerUse | null {
  const [first] = utilizations;
  if (first === undefined) return null;
  const sum = (of: (utilization: WorkerUtilization) => number) =>
    utilizations.reduce((total, utilization) => total + of(utilization), 0);
  const overNs = sum(({ fromNs, toNs }) => toNs - fromNs);
  if (overNs <= 0) return null;
  const knowsWaits = utilizations.every((utilization) => utilization.waitedNs !== null);
  return {
    worker: first.worker,
    busyRatio: sum(({ busyRatio, fromNs, toNs }) => busyRatio * (toNs - fromNs)) / overNs,
    waitedRatio: knowsWaits ? sum((utilization) => utilization.waitedNs ?? 0) / overNs : null,
    gcPauses: sum(({ gcPauses }) => gcPauses),
    gcSeconds: sum(({ gcNs }) => gcNs) / 1e9,
    gcLongestSeconds: Math.max(...utilizations.map(({ gcLongestNs }) => gcLongestNs)) / 1e9,
  };
}
