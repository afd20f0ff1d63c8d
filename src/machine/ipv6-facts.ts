/** Which IPv6 addresses programs can use over loopback. */
import { networkInterfaces } from "node:os";
import { formatLocalRoute, parseLocalRoutes } from "../address/local-routes.ts";
import type { HostFacts } from "./host-facts.ts";
import { readNumber, readText } from "./read-text.ts";

/** Reads them from /proc (Linux). @throws never */
export function readLinuxIpv6(): HostFacts["ipv6"] {
  const nonlocalBind = readNumber("/proc/sys/net/ipv6/ip_nonlocal_bind");
  return {
    loopback: parseLocalRoutes(readText("/proc/net/ipv6_route") ?? "").map(formatLocalRoute),
    nonlocalBind: nonlocalBind === null ? null : nonlocalBind > 0,
  };
}

/** Returns the addresses assigned to the loopback interface (other platforms). @throws never */
export function readInterfaceIpv6(): HostFacts["ipv6"] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const own = addresses.filter(({ family, internal }) => family === "IPv6" && internal);
  return { loopback: own.map(({ address }) => `${address}/128`), nonlocalBind: null };
}
