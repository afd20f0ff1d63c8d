import { readFileSync } from "node:fs";
import { formatIp, formatIpv4, type Ip, parseIp, parseIpv4 } from "../address/ip.ts";
import { parseLocalRoutes } from "../address/local-routes.ts";

/** A prefix whose addresses all belong to this machine. */
export interface LocalPrefix {
  readonly first: Ip;
  readonly prefix: number;
}

/**
 * Returns prefixes routed to this machine as a whole ("AnyIP": ip route add local 10.9.0.0/16 dev lo), other
 * than 127.0.0.0/8; none where the platform does not report them.
 */
export function readLocalPrefixes(): readonly LocalPrefix[] {
  return localPrefixes(read("/proc/net/ipv6_route"), read("/proc/net/fib_trie"));
}

/** @param routes6, trie4 contents of /proc/net/ipv6_route and /proc/net/fib_trie */
export function localPrefixes(routes6: string, trie4: string): LocalPrefix[] {
  return [...localPrefixes6(routes6), ...localPrefixes4(trie4)];
}

/** Returns an address of the prefix that is probably not in use. */
export function sampleOf({ first, prefix }: LocalPrefix): string {
  const bits = first.family === 4 ? 32 : 128;
  const room = (1n << BigInt(bits - prefix)) - 1n;
  return formatIp({ family: first.family, value: first.value | (0x77n & room) });
}

/** Returns whether an address lies in the prefix. */
export function holds({ first, prefix }: LocalPrefix, address: string): boolean {
  const ip = parseIp(address);
  const hostBits = BigInt((first.family === 4 ? 32 : 128) - prefix);
  return ip.family === first.family && ip.value >> hostBits === first.value >> hostBits;
}

function localPrefixes6(table: string): LocalPrefix[] {
  return parseLocalRoutes(table)
    .filter(({ prefixBits }) => prefixBits > 0 && prefixBits < 128)
    .map(({ first, prefixBits }) => ({ first: { family: 6, value: first }, prefix: prefixBits }));
}

/** @param table /proc/net/fib_trie: an address in one line, its routes in the following ones */
function localPrefixes4(table: string): LocalPrefix[] {
  const found = new Map<string, LocalPrefix>();
  let address = "";
  for (const line of table.split("\n")) {
    address = /\|-- ([\d.]+)$/.exec(line)?.[1] ?? address;
    const prefix = Number(/^\s*\/(\d+) host LOCAL/.exec(line)?.[1] ?? 32);
    if (prefix >= 32 || address === "") continue;
    const value = parseIpv4(address);
    if (value >>> 24 === 127) continue;
    found.set(`${formatIpv4(value)}/${prefix}`, {
      first: { family: 4, value: BigInt(value) },
      prefix,
    });
  }
  return [...found.values()];
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
