import { monotonicNs } from "../base/clock.ts";
import { formatDuration } from "../base/units.ts";
import type { Plan } from "../plan/plan-types.ts";
import type { Restart } from "../scenario/scenario.ts";
import { restartNs } from "../schedule/restart-times.ts";
import { RestartSchedule } from "../targets/restart-schedule.ts";
import { RestartingServer } from "../targets/restarting.ts";
import type { ServerHandle } from "../targets/target.ts";
import type { RunClock } from "./run-clock.ts";

/**
 * Schedules the restarts of a run's servers, at their times, as long as a workload sends to them.
 *
 * @param onFailure a server could not be restarted; for people
 */
export function scheduleRestarts(
  plan: Plan,
  servers: readonly ServerHandle[],
  clock: RunClock,
  onFailure: (how: string) => void,
): RestartSchedule {
  return new RestartSchedule(
    restarted(plan, servers),
    (name) => isWanted(plan, clock, name),
    (name, { message }) => onFailure(`server ${name} could not be restarted: ${message}`),
  );
}

/** A run that ends before its restarts has measured none of them: returns a warning for each such server. */
export function missingRestarts(plan: Plan, servers: readonly ServerHandle[]): string[] {
  return restarted(plan, servers).flatMap(({ server, restart }) => {
    const nextNs = restartNs(restart, server.records.length);
    const isMissing =
      restart.everyNs === null ? Number.isFinite(nextNs) : nextNs === restart.everyNs;
    if (!isMissing) return [];
    return [
      `server ${server.name} was not restarted at ${formatDuration(nextNs)}: no workload sent to it any more by then, ` +
        "so the restart was not measured; restart it earlier, or let its workloads run longer",
    ];
  });
}

function restarted(
  { scenario }: Plan,
  servers: readonly ServerHandle[],
): { readonly server: RestartingServer; readonly restart: Restart }[] {
  return servers.flatMap((server) => {
    const { restart } = scenario.servers.find(({ name }) => name === server.name) ?? {};
    return server instanceof RestartingServer && restart ? [{ server, restart }] : [];
  });
}

/** Whether a workload still sends to the server, or will. */
function isWanted(plan: Plan, clock: RunClock, server: string): boolean {
  const nowNs = monotonicNs();
  return plan.workloads.some(({ index }) => {
    if (plan.scenario.workloads[index]?.server !== server) return false;
    const state = clock.stateOf(index, nowNs);
    return state !== "draining" && state !== "done";
  });
}
