import type { RestartTimes } from "../schedule/restart-times.ts";
import type { Scenario, Workload } from "./scenario.ts";

/** When the workload's target is restarted; null where it is not, or is not a server of the scenario. */
export function restartTimesOf(scenario: Scenario, { server }: Workload): RestartTimes | null {
  return scenario.servers.find(({ name }) => name === server)?.restart ?? null;
}
