import { type Endpoint, formatEndpoint } from "../address/flow.ts";
import { isLoopback, isMulticast } from "../address/ip.ts";
import {
  countPorts,
  defaultPorts,
  formatPorts,
  occupiedPorts,
  type PortRanges,
  subtractPorts,
} from "../address/ports.ts";
import { protocols } from "../address/protocol.ts";
import { type AddressRanges, parseRanges, rangesSize } from "../address/ranges.ts";
import { UserError } from "../base/errors.ts";
import { formatCount } from "../base/units.ts";
import type { Scenario, Server, Workload } from "../scenario/scenario.ts";
import { udpSockets } from "../scenario/udp-sockets.ts";
import type { MachineFacts } from "./plan-types.ts";
import { defaultIpv6Sources, defaultSources, defaultSourcesMost } from "./sources.ts";
import { type Target, targetOf } from "./target.ts";

/** What a workload may use, before it is divided among workloads that `meet`. */
export interface WorkloadDraft {
  readonly index: number;
  readonly workload: Workload;
  readonly endpoints: readonly Endpoint[];
  readonly sources: AddressRanges;
  readonly sourceCount: number;
  /** Ports that can be bound on every source; at least one. */
  readonly ports: PortRanges;
  /**
   * Connections that one (source, port) pair carries: with TCP on Linux one to each destination.
   * Elsewhere bind(2) refuses the same pair again, and UDP sockets that share one can receive each
   * other's datagrams between bind(2) and connect(2), so it carries only one.
   */
  readonly perPair: number;
  /** Whether workloads may hold the same (source, port) pair to different destinations. */
  readonly canShare: boolean;
}

/** Reports a problem of a workload; planning goes on with the others, to find all problems. */
export type Report = (workload: Workload, message: string) => void;

/** Every loopback address, for checks of sources that are not chosen yet. */
const allLoopback = {
  4: () => parseRanges(["127.0.0.0/8"]),
  6: (prefix: string | null) => parseRanges(["::1", ...(prefix === null ? [] : [prefix])]),
};

/**
 * What each workload may use, in the scenario's order; one that cannot be planned is reported and left out.
 *
 * @param avoid addresses of other runs
 */
export function draftWorkloads(
  scenario: Scenario,
  machine: MachineFacts,
  avoid: readonly AddressRanges[],
  report: Report,
): readonly WorkloadDraft[] {
  const named = scenario.workloads.map((workload) =>
    attempt(workload, report, () =>
      workload.sources.length === 0 ? null : parseRanges(workload.sources),
    ),
  );
  const taken = [...named.filter((sources) => sources !== null && sources !== undefined), ...avoid];
  return scenario.workloads.flatMap((workload, index) => {
    const own = named[index];
    if (own === undefined) return [];
    const draft = attempt(workload, report, (): WorkloadDraft => {
      const target = targetOf(scenario, workload, own?.family ?? null);
      const canShare = protocols[workload.protocol].hasConnections && machine.platform === "linux";
      const perPair = canShare ? target.endpoints.length : 1;
      const portsOn = freePorts(scenario, machine, workload, target);
      const sources =
        own ?? chooseSources(index, workload, target, machine, taken, portsOn, perPair);
      const ports = bindable(workload, portsOn(sources), machine);
      if (own === null) taken.push(sources);
      const sourceCount = rangesSize(sources);
      return {
        index,
        workload,
        endpoints: target.endpoints,
        sources,
        sourceCount,
        ports,
        perPair,
        canShare,
      };
    });
    return draft === undefined ? [] : [draft];
  });
}

/**
 * Returns how many addresses a workload would need if it shared none.
 *
 * @param ports available on each address
 */
export function addressesNeeded(workload: Workload, ports: PortRanges, perPair: number): number {
  const perSource = Math.min(
    workload.connectionsPerSource ?? Number.POSITIVE_INFINITY,
    flowsOn(workload, ports, perPair),
  );
  return Math.ceil(workload.connections / perSource);
}

/** Connections that these ports of one address carry; a rotating flow needs a second port to move to. */
export function flowsOn(workload: Workload, ports: PortRanges, perPair: number): number {
  return Math.floor((countPorts(ports) * perPair) / portsPerFlow(workload));
}

export function portsPerFlow({ socket }: Workload): number {
  return socket === "rotating" ? 2 : 1;
}

/** The requested or default ports, less those that are listened on now or will be once the run has started. */
function freePorts(
  scenario: Scenario,
  machine: MachineFacts,
  workload: Workload,
  target: Target,
): (sources: AddressRanges) => PortRanges {
  const servers = scenario.servers.filter(({ protocol }) => protocol === workload.protocol);
  const listening = [
    ...machine.listening[workload.protocol],
    ...servers.flatMap(boundEndpoints),
    ...target.endpoints,
  ];
  const requested = workload.ports ?? defaultPorts(machine.ephemeralPorts, machine.reservedPorts);
  return (sources) => subtractPorts(requested, occupiedPorts(listening, sources));
}

/** Where a server's sockets will be bound: mode `any` takes the port on all addresses. */
function boundEndpoints({ listen, options }: Server): readonly Endpoint[] {
  const udp = options?.udp ?? null;
  return udp === null ? listen : udpSockets(udp.mode, listen).map(({ endpoint }) => endpoint);
}

/** Chooses sources for a workload that names none. */
function chooseSources(
  index: number,
  workload: Workload,
  target: Target,
  machine: MachineFacts,
  taken: readonly AddressRanges[],
  portsOn: (sources: AddressRanges) => PortRanges,
  perPair: number,
): AddressRanges {
  // What is sent to a group from a loopback address stays on this host.
  const remote = target.endpoints.find(
    ({ address }) => !isLoopback(address) && !isMulticast(address),
  );
  if (remote !== undefined) {
    throw new UserError(
      `${formatEndpoint(remote)} is not a loopback address; ` +
        "name the addresses of this machine to connect from, with sources:",
    );
  }
  const [prefix = null] = machine.anyIp;
  if (target.family === 6 && prefix === null) return parseRanges(["::1"]);
  if (target.family === 4 && machine.platform !== "linux") return parseRanges(["127.0.0.1"]);
  const ports = bindable(workload, portsOn(allLoopback[target.family](prefix)), machine);
  if (flowsOn(workload, ports, perPair) === 0) {
    throw new UserError(
      `a rotating flow needs two source ports, and ${formatPorts(ports)} is one: name more with ports:`,
    );
  }
  const addresses = addressesNeeded(workload, ports, perPair);
  if (addresses > defaultSourcesMost) {
    throw new UserError(
      `${formatCount(workload.connections)} connections need ${formatCount(addresses)} source ` +
        `addresses; more than ${formatCount(defaultSourcesMost)} must be named, with sources:`,
    );
  }
  return target.family === 6
    ? defaultIpv6Sources(index, addresses, taken, prefix)
    : defaultSources(index, addresses, taken);
}

function bindable(workload: Workload, ports: PortRanges, machine: MachineFacts): PortRanges {
  if (countPorts(ports) > 0) return ports;
  const [from, to] = machine.ephemeralPorts;
  throw new UserError(
    workload.ports === null
      ? `no source port is left: outside the kernel's ephemeral range ${from}-${to}, all from 1024 ` +
          "up are reserved or listened on; name some with ports:"
      : `no source port is left: something listens on every one of ${formatPorts(workload.ports)}`,
  );
}

/** The value, or undefined when the attempt ended with a message for the user, which is reported. */
function attempt<T>(workload: Workload, report: Report, make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    report(workload, error.message);
    return undefined;
  }
}
