import type { Plan } from "../plan/plan-types.ts";
import type { WorkloadMeasured } from "../results/build/input.ts";
import { flowsOf } from "../results/build/restarts/flows.ts";
import type { RestartResult } from "../results/server-result.ts";
import { misroutedPeers } from "../servers/udp/peer-times.ts";
import type { RestartingServer } from "./restarting.ts";

/**
 * Returns the results of a server's restarts: a part of the result.
 *
 * @param server   whose stats have been queried
 * @param measured by WorkloadPlan.index
 * @param startNs  the run's start, monotonic clock
 */
export function restartResults(
  plan: Plan,
  server: RestartingServer,
  measured: readonly WorkloadMeasured[],
  startNs: number,
): RestartResult[] {
  const { name } = server;
  const requested = plan.scenario.servers.find((candidate) => candidate.name === name);
  const workloads = plan.scenario.workloads.flatMap((workload, index) => {
    const one = measured[index];
    return workload.server === name && one !== undefined ? [{ ...one, workload }] : [];
  });
  return server.records.map(({ index, beganNs, readyNs, drain, instances }) => {
    const exit = drain.exit();
    const { state, durationNs } = drain;
    return {
      order: requested?.restart?.order ?? "startFirst",
      atMs: (beganNs - startNs) / 1e6,
      readyMs: readyNs === null ? null : (readyNs - beganNs) / 1e6,
      oldInstance: state === "waiting" ? "running" : state,
      drainMs: durationNs === null ? null : durationNs / 1e6,
      exit: exit === null ? null : { code: exit.code, signal: exit.signal },
      misrouted: misrouted(server, instances, requested?.options?.udp?.idleTimeoutNs ?? null),
      ...flowsOf(workloads, index),
    };
  });
}

/** @param idleNs null for a server that is not a built-in UDP server */
function misrouted(
  server: RestartingServer,
  [old, fresh]: readonly [number, number],
  idleNs: number | null,
): number | null {
  const before = server.countsOf(old)?.peers;
  const after = server.countsOf(fresh)?.peers;
  if (idleNs === null || before === undefined || after === undefined) return null;
  return misroutedPeers(before, after, idleNs);
}
