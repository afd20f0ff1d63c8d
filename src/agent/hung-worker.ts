import { stallLimitNs } from "../processes/stall-watch.ts";
import { workerPlace } from "../scenario/module/worker-place.ts";
import type { Workload } from "../scenario/scenario.ts";

/**
 * Says why a worker was ended that stood still.
 *
 * @param workload      whose user code it had entered and not left; null: it was in none
 * @param longestLookMs code that is not interrupted within that time, on a busy machine, waits for something
 */
export async function hungWorker(
  workload: Workload | null,
  longestLookMs = 5_000,
): Promise<string> {
  const seconds = `${stallLimitNs / 1e9} s`;
  const path = workload?.applicationProtocol?.path ?? null;
  if (workload !== null && path !== null) {
    const at = await workerPlace(path, longestLookMs);
    const place = at === null ? path : `${path}:${at.line}:${at.column}`;
    const what = at === null ? "an endless loop, or for what it waits for," : "an endless loop";
    return `the protocol ${place} of workload ${workload.name} did not return for ${seconds}, so the worker was ended; look for ${what} in the module`;
  }
  return `it stood still for ${seconds} and was ended; please report this with the scenario`;
}
