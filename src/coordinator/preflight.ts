import type { MachineFacts, Plan } from "../scenario/plan-types.ts";
import type { Check } from "./check.ts";
import { heldSockets } from "./check-activation.ts";
import { fanOut } from "./check-audience.ts";
import { captureProgram } from "./check-capture.ts";
import { receiveErrors } from "./check-datagrams.ts";
import { agentFiles, serverFiles, systemFiles } from "./check-files.ts";
import { ipv6Addresses } from "./check-ipv6.ts";
import { lockedMemory } from "./check-locked-memory.ts";
import {
  conntrackTable,
  listenBacklog,
  synBacklog,
  tcpMemory,
  timeWaitBuckets,
} from "./check-network.ts";
import {
  ephemeralPorts,
  loopbackAliases,
  portsInUse,
  privilegedPorts,
  reservedPorts,
} from "./check-ports.ts";
import { cpus, memory, processes } from "./check-resources.ts";
import { sharedSources } from "./check-sources.ts";
import { udpModes } from "./check-udp.ts";
import type { FanOutTrial } from "./fan-out-trial.ts";
import type { Finding } from "./finding.ts";
import type { HostFacts } from "./host-facts.ts";

/** Every check by the name its findings carry. */
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
  portsInUse,
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
  heldSockets,
  captureProgram,
};

/**
 * Can this machine hold the plan? Pure; see `refusalOf` for the error that a refusal becomes.
 *
 * @param fanOut from `tryFanOutFor`; none where no workload sends to many
 * @returns findings in the order of the table; empty when nothing speaks against the run
 */
export function preflight(
  plan: Plan,
  machine: MachineFacts,
  host: HostFacts,
  fanOut: readonly FanOutTrial[] = [],
): Finding[] {
  return Object.entries(checks).flatMap(([check, ask]) =>
    ask({ plan, machine, host, fanOut }).map((finding) => ({ ...finding, check })),
  );
}
