/** IPv6 addresses of a plan that this host lacks: ::1 may be missing, and a prefix must be routed to lo. */
import { type Interval, intersect, subtract, unite } from "../../address/intervals.ts";
import { anyIpRange, formatIp, isAnyIp, parseIp } from "../../address/ip.ts";
import { anyIpScript, networkOf } from "../../machine/anyip.ts";
import type { HostFacts } from "../../machine/host-facts.ts";
import { workloadsOf } from "../../plan/needs.ts";
import type { Plan } from "../../plan/plan-types.ts";
import { usedSources } from "../../plan/used-sources.ts";
import type { Check, CheckOutcome } from "./check.ts";

const localhost: Interval<bigint> = [1n, 1n];

/** Addresses that this machine does not have; packets to them would leave it. */
export const ipv6Addresses: Check = ({ plan, host }) => {
  const needed = intersect(loopbackAddresses(plan), [localhost, anyIpRange]);
  const routes = rangesOf(host.ipv6.loopback);
  const missing = subtract(needed, routes);
  const [first] = missing;
  if (first !== undefined) return [missingAddresses(first[0], missing, host)];
  const byRoute = subtract(needed, rangesOf(host.ipv6.loopback.filter(isOneAddress)));
  const [unbound] = byRoute;
  if (unbound === undefined || host.ipv6.nonlocalBind !== false) return [];
  return [
    {
      level: "refuse",
      message: `${text(unbound[0])} is routed to lo, but sockets cannot be bound to it: net.ipv6.ip_nonlocal_bind is 0`,
      remedy: `sudo ${anyIpScript} ${prefixesOf(byRoute)}`,
    },
  ];
};

function missingAddresses(
  first: bigint,
  missing: readonly Interval<bigint>[],
  { os }: HostFacts,
): CheckOutcome {
  if (!isAnyIp({ family: 6, value: first })) {
    return {
      level: "refuse",
      message: "this machine has no ::1: IPv6 is switched off",
      remedy:
        os === "Linux"
          ? "sudo sysctl -w net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.lo.disable_ipv6=0, or use 127.0.0.0/8"
          : "switch it on, or use 127.0.0.0/8",
    };
  }
  return {
    level: "refuse",
    message: `${text(first)} is not an address of this host: no route leads its prefix to lo`,
    remedy:
      os === "Linux"
        ? `sudo ${anyIpScript} ${prefixesOf(missing)}`
        : "only Linux routes a whole prefix to lo; here use ::1, or addresses of 127.0.0.0/8",
  };
}

/** IPv6 addresses that clients come from or go to, and those that servers listen on. */
function loopbackAddresses(plan: Plan): readonly Interval<bigint>[] {
  const sources = workloadsOf(plan).flatMap(({ plan: workload }) => {
    const { family, ranges } = usedSources(workload);
    return family === 6 ? ranges : [];
  });
  const endpoints = [
    ...workloadsOf(plan).flatMap(({ plan: workload }) => workload.endpoints),
    ...plan.servers.flatMap(({ listen }) => listen),
  ];
  const ends = [...new Set(endpoints.map(({ address }) => address))]
    .map(parseIp)
    .filter(({ family, value }) => family === 6 && value !== 0n)
    .map(({ value }) => [value, value] as const);
  return unite([...sources, ...ends]);
}

function rangesOf(cidrs: readonly string[]): readonly Interval<bigint>[] {
  return unite(
    cidrs.map((cidr) => {
      const [address = "", prefix] = cidr.split("/");
      const { value } = parseIp(address);
      return [value, value + (1n << (128n - BigInt(prefix ?? 128))) - 1n] as const;
    }),
  );
}

function isOneAddress(cidr: string): boolean {
  return cidr.endsWith("/128");
}

/** The script's arguments: the networks at both ends, or all of fd00:127::/32 for more than four. */
function prefixesOf(ranges: readonly Interval<bigint>[]): string {
  const networks = new Set(ranges.flatMap((ends) => ends.map((end) => networkOf(text(end)))));
  return networks.size > 4 ? `${text(anyIpRange[0])}/32` : [...networks].join(" ");
}

function text(value: bigint): string {
  return formatIp({ family: 6, value });
}
