import { formatIpv6 } from "./ip.ts";

/** An IPv6 prefix whose addresses all belong to this host over loopback. */
export interface LocalRoute {
  /** The first address. */
  readonly first: bigint;
  readonly prefixBits: number;
}

/** Flag of a route to this host itself (RTF_LOCAL in include/uapi/linux/ipv6_route.h). */
const localRoute = 0x80000000;

/**
 * Reads the local routes over lo from /proc/net/ipv6_route: single addresses (128 bits), and prefixes that are
 * routed to this host as a whole (AnyIP).
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
