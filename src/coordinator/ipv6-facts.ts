/** Which IPv6 addresses programs can use over loopback. */
import { networkInterfaces } from "node:os";
import { formatIpv6 } from "../address/ip.ts";
import type { HostFacts } from "./host-facts.ts";
import { readNumber, readText } from "./read-text.ts";

/** Flag of a route to this host itself (RTF_LOCAL in include/uapi/linux/ipv6_route.h). */
const localRoute = 0x80000000;

/**
 * The local routes over lo in /proc/net/ipv6_route, as CIDRs. Pure.
 *
 *     | column | what                         |
 *     | ------ | ---------------------------- |
 *     | 0      | destination, 32 hex digits   |
 *     | 1      | length of its prefix, hex    |
 *     | 8      | flags, hex                   |
 *     | 9      | interface                    |
 */
export function parseLocalRoutes(table: string): string[] {
  return table.split("\n").flatMap((line) => {
    const [destination, prefix, , , , , , , flags, device] = line.trim().split(/\s+/);
    if (device !== "lo" || destination === undefined || prefix === undefined) return [];
    if ((Number.parseInt(flags ?? "", 16) & localRoute) === 0) return [];
    return [`${formatIpv6(BigInt(`0x${destination}`))}/${Number.parseInt(prefix, 16)}`];
  });
}

/** Linux, from /proc. @throws never */
export function readLinuxIpv6(): HostFacts["ipv6"] {
  const nonlocalBind = readNumber("/proc/sys/net/ipv6/ip_nonlocal_bind");
  return {
    loopback: parseLocalRoutes(readText("/proc/net/ipv6_route") ?? ""),
    nonlocalBind: nonlocalBind === null ? null : nonlocalBind > 0,
  };
}

/** Elsewhere: the addresses that the loopback interface has been given. @throws never */
export function readInterfaceIpv6(): HostFacts["ipv6"] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const own = addresses.filter(({ family, internal }) => family === "IPv6" && internal);
  return { loopback: own.map(({ address }) => `${address}/128`), nonlocalBind: null };
}
