import type { WorkloadMeasured } from "../results/input.ts";
import { flowsOf } from "../results/restart-flows.ts";
import type { RestartResult } from "../results/result.ts";
import type { Plan } from "../scenario/plan-types.ts";
import type { RestartRecord } from "./restarting-server.ts";

/**
 * What came of a server's restarts: a part of the result.
 *
 * @param measured by WorkloadPlan.index
 * @param startNs  the run's start, monotonic clock
 */
export function restartResults(
  plan: Plan,
  name: string,
  records: readonly RestartRecord[],
  measured: readonly WorkloadMeasured[],
  startNs: number,
): RestartResult[] {
  const server = plan.scenario.servers.find((candidate) => candidate.name === name);
  const workloads = plan.scenario.workloads.flatMap((workload, index) => {
    const one = measured[index];
    return workload.server === name && one !== undefined ? [{ ...one, workload }] : [];
  });
  return records.map(({ index, beganNs, readyNs, drain }) => {
    const exit = drain.exit();
    const { state, durationNs } = drain;
    return {
      order: server?.restart?.order ?? "startFirst",
      atMs: (beganNs - startNs) / 1e6,
      readyMs: readyNs === null ? null : (readyNs - beganNs) / 1e6,
      oldInstance: state === "waiting" ? "running" : state,
      drainMs: durationNs === null ? null : durationNs / 1e6,
      exit: exit === null ? null : { code: exit.code, signal: exit.signal },
      misrouted: null,
      ...flowsOf(workloads, index),
    };
  });
}
