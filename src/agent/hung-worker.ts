import { stallLimitNs } from "../processes/stall-watch.ts";
import type { Workload } from "../scenario/scenario.ts";

/**
 * Says why a worker was ended that stood still.
 *
 * @param workload whose user code it had entered and not left; null: it was in none
 */
export function hungWorker(workload: Workload | null): string {
  const seconds = `${stallLimitNs / 1e9} s`;
  const path = workload?.applicationProtocol?.path ?? null;
  if (workload !== null && path !== null) {
    return `the protocol ${path} of workload ${workload.name} did not return for ${seconds}, so the worker was ended; look for an endless loop in the module`;
  }
  return `it stood still for ${seconds} and was ended; please report this with the scenario`;
}
