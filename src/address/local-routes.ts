import { formatIpv6 } from "./ip.ts";

/** Addresses of IPv6 that are this host's own over loopback: all of a prefix. */
export interface LocalRoute {
  /** The first of them. */
  readonly first: bigint;
  readonly prefixBits: number;
}

/** Flag of a route to this host itself (RTF_LOCAL in include/uapi/linux/ipv6_route.h). */
const localRoute = 0x80000000;

/**
 * The local routes over lo in /proc/net/ipv6_route: single addresses (128 bits), and prefixes that are routed
 * here as a whole (AnyIP).
 *
 *     | column | what                         |
 *     | ------ | ---------------------------- |
 *     | 0      | destination, 32 hex digits   |
 *     | 1      | length of its prefix, hex    |
 *     | 8      | flags, hex                   |
 *     | 9      | interface                    |
 */
export function parseLocalRoutes(table: string): LocalRoute[] {
  return table.split("\n").flatMap((line) => {
    const [destination, prefix, , , , , , , flags, device] = line.trim().split(/\s+/);
    if (device !== "lo" || destination === undefined || prefix === undefined) return [];
    if ((Number.parseInt(flags ?? "", 16) & localRoute) === 0) return [];
    return [{ first: BigInt(`0x${destination}`), prefixBits: Number.parseInt(prefix, 16) }];
  });
}

export function formatLocalRoute({ first, prefixBits }: LocalRoute): string {
  return `${formatIpv6(first)}/${prefixBits}`;
}
