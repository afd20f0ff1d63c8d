import type { WorkerUtilization } from "../../../src/machine/usage/utilization-meter.ts";

/** A second of a worker that had little to do. */
export const utilization: WorkerUtilization = {
  worker: 3,
  fromNs: 0,
  toNs: 1e9,
  busyRatio: 0.2,
  waitedNs: 1e8,
  gcPauses: 1,
  gcNs: 2e6,
  gcLongestNs: 2e6,
};
