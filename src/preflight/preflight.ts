import { debugLog } from "../base/debug.ts";
import type { HostFacts } from "../machine/host-facts.ts";
import type { MachineFacts, Plan } from "../plan/plan-types.ts";
import { activationSockets } from "./checks/activation.ts";
import { fanOut } from "./checks/broadcast.ts";
import type { FanOutTrial } from "./checks/broadcast-trial.ts";
import { captureProgram } from "./checks/capture.ts";
import type { Check } from "./checks/check.ts";
import type { CheckResult } from "./checks/check-result.ts";
import { agentFiles, serverFiles, systemFiles } from "./checks/files.ts";
import { ipv6Addresses } from "./checks/ipv6.ts";
import { lockedMemory } from "./checks/locked-memory.ts";
import {
  conntrackTable,
  listenBacklog,
  synBacklog,
  tcpMemory,
  timeWaitBuckets,
} from "./checks/network.ts";
import { ephemeralPorts, loopbackAliases, privilegedPorts, reservedPorts } from "./checks/ports.ts";
import { cpus, memory, processes } from "./checks/resources.ts";
import { sharedSources } from "./checks/sources.ts";
import { tcpTelemetry, wireTimes } from "./checks/telemetry.ts";
import { receiveErrors, udpModes } from "./checks/udp.ts";

const debug = debugLog("preflight");

/** Every check by the name its results carry. */
const checks: Readonly<Record<string, Check>> = {
  agentFiles,
  serverFiles,
  systemFiles,
  loopbackAliases,
  ipv6Addresses,
  receiveErrors,
  sharedSources,
  fanOut,
  privilegedPorts,
  ephemeralPorts,
  reservedPorts,
  conntrackTable,
  listenBacklog,
  synBacklog,
  timeWaitBuckets,
  tcpMemory,
  memory,
  lockedMemory,
  processes,
  cpus,
  udpModes,
  activationSockets,
  captureProgram,
  tcpTelemetry,
  wireTimes,
};

/**
 * Checks whether this machine can hold the plan. Pure; see `refusalOf` for the error that refusals become.
 *
 * @param fanOut from `tryFanOutFor`; empty where no workload sends to many
 * @param telemetryObstacle from `tryTelemetryFor`
 * @returns results in the order of the table; empty when no check has anything to report
 */
export function preflight(
  plan: Plan,
  machine: MachineFacts,
  host: HostFacts,
  fanOut: readonly FanOutTrial[] = [],
  telemetryObstacle: string | null = null,
): CheckResult[] {
  return Object.entries(checks).flatMap(([check, run]) => {
    const results = run({ plan, machine, host, fanOut, telemetryObstacle }).map((result) => ({
      ...result,
      check,
    }));
    const found = results.map(({ level, message }) => `${level}: ${message}`);
    debug("%s: %s", check, found.length === 0 ? "fine" : found.join("; "));
    return results;
  });
}
