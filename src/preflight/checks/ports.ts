/** Source ports and addresses: whether they may and can be bound, and what that affects. */
import { parseIp } from "../../address/ip.ts";
import {
  countPorts,
  formatPorts,
  intersectPorts,
  type PortRanges,
  subtractPorts,
} from "../../address/ports.ts";
import { type AddressRanges, addressAt, rangesSize } from "../../address/ranges.ts";
import { formatCount } from "../../base/units.ts";
import { serversOf, workloadsOf } from "../../plan/needs.ts";
import type { WorkloadPlan } from "../../plan/plan-types.ts";
import type { Check, CheckOutcome } from "./check.ts";

/** Bound ports in the kernel's range are skipped by every automatic connect() of the machine. */
export const ephemeralPorts: Check = ({ plan, machine }) =>
  workloadsOf(plan).flatMap(({ plan: workload, scenario }): CheckOutcome[] => {
    const shared = intersectPorts(workload.space.ports, [machine.ephemeralPorts]);
    const count = countPorts(shared);
    if (count === 0 || scenario.connections === 0) return [];
    const [from, to] = machine.ephemeralPorts;
    return [
      {
        level: "warn",
        message:
          `workload ${workload.name} uses ${formatCount(count)} source ports of the ephemeral range ` +
          `(${from}-${to}): while it runs, other programs find fewer ports for their own connections`,
        remedy: `leave "ports" out, or keep to ports below ${from} and above ${to}, with more source addresses`,
      },
    ];
  });

/** Reserved ports are kept free for a program. */
export const reservedPorts: Check = ({ plan, machine }) =>
  workloadsOf(plan).flatMap(({ plan: workload }): CheckOutcome[] => {
    const shared = intersectPorts(workload.space.ports, ascending(machine.reservedPorts));
    if (shared.length === 0) return [];
    return [
      {
        level: "warn",
        message:
          `workload ${workload.name} uses source ports that this machine reserves ` +
          `(net.ipv4.ip_local_reserved_ports): ${formatPorts(shared)}`,
        remedy: `leave them out: ports: ${formatPorts(subtractPorts(workload.space.ports, shared))}`,
      },
    ];
  });

/** Ports below 1024 need a privilege. */
export const privilegedPorts: Check = ({ plan, host }) => {
  const from = host.unprivilegedPortsFrom;
  if (from <= 1) return [];
  const remedy =
    host.os === "Linux"
      ? `sudo sysctl -w net.ipv4.ip_unprivileged_port_start=1; or use ports from ${from} up`
      : `use ports from ${from} up, or run as root`;
  const clients = workloadsOf(plan).flatMap(({ plan: workload }): CheckOutcome[] => {
    const shared = intersectPorts(workload.space.ports, [[1, from - 1]]);
    if (shared.length === 0) return [];
    const message = `workload ${workload.name} uses source ports below ${from} (${formatPorts(shared)}), which need a privilege`;
    return [{ level: "refuse", message, remedy }];
  });
  const servers = serversOf(plan).flatMap(({ plan: server, scenario }): CheckOutcome[] => {
    const ports = server.listen.map(({ port }) => port).filter((port) => port > 0 && port < from);
    if (scenario.kind !== "builtin" || ports.length === 0) return [];
    const message = `server ${server.name} listens on port ${ports[0]}, and ports below ${from} need a privilege`;
    return [{ level: "refuse", message, remedy }];
  });
  return [...clients, ...servers];
};

/** Most addresses that are checked one by one; beyond that, the exact count is not worth the time. */
const mostCounted = 200_000;

/** macOS only has 127.0.0.1; every other loopback address must be an alias of lo0. */
export const loopbackAliases: Check = ({ plan, host }) => {
  if (host.loopbackAddresses === null) return [];
  const have = new Set(host.loopbackAddresses);
  const missing: string[] = [];
  const query = (address: string): void => {
    if (address.startsWith("127.") && !have.has(address)) missing.push(address);
  };
  for (const { plan: workload } of workloadsOf(plan)) {
    const sources = sourcesOf(workload);
    const used = Math.min(workload.addressesUsed, rangesSize(sources), mostCounted);
    // The lowest addresses of the ranges are used first, whether the flow space is spread or packed.
    for (let i = 0; i < used; i++) query(addressAt(sources, i));
  }
  for (const { plan: server, scenario } of serversOf(plan)) {
    if (scenario.kind !== "external") for (const { address } of server.listen) query(address);
  }
  const distinct = [...new Set(missing)];
  if (distinct.length === 0) return [];
  const shown = distinct.slice(0, 3).join(", ");
  return [
    {
      level: "refuse",
      message:
        `lo0 lacks ${formatCount(distinct.length)} addresses of the plan: ` +
        `${shown}${distinct.length > 3 ? ", ..." : ""}`,
      remedy: `add them: scripts/macos/lo0-alias-up.sh --scenario ${plan.scenario.file}`,
    },
  ];
};

/** Parses the sources of a plan, which are canonical texts. */
function sourcesOf(workload: WorkloadPlan): AddressRanges {
  const ranges = workload.space.sources.map(
    ([from, to]) => [parseIp(from).value, parseIp(to).value] as const,
  );
  const first = workload.space.sources[0];
  return { family: first === undefined ? 4 : parseIp(first[0]).family, ranges };
}

function ascending(ports: PortRanges): PortRanges {
  return [...ports].sort((a, b) => a[0] - b[0]);
}
