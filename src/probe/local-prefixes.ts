import { readFileSync } from "node:fs";
import { formatIp, formatIpv4, type Ip, parseIp, parseIpv4 } from "../address/ip.ts";

/** A prefix of which every address is this machine's own. */
export interface LocalPrefix {
  readonly first: Ip;
  readonly prefix: number;
}

/** RTF_LOCAL. @see linux/ipv6_route.h */
const localRoute = 0x80000000;

/**
 * Prefixes routed to this machine as a whole ("AnyIP": ip route add local 10.9.0.0/16 dev lo), other
 * than 127.0.0.0/8; none where the platform cannot tell.
 */
export function readLocalPrefixes(): readonly LocalPrefix[] {
  return [
    ...localPrefixes6(read("/proc/net/ipv6_route")),
    ...localPrefixes4(read("/proc/net/fib_trie")),
  ];
}

/** An address of the prefix that nobody is likely to use otherwise. */
export function sampleOf({ first, prefix }: LocalPrefix): string {
  const bits = first.family === 4 ? 32 : 128;
  const room = (1n << BigInt(bits - prefix)) - 1n;
  return formatIp({ family: first.family, value: first.value | (0x77n & room) });
}

/** Whether an address lies in the prefix. */
export function holds({ first, prefix }: LocalPrefix, address: string): boolean {
  const ip = parseIp(address);
  const hostBits = BigInt((first.family === 4 ? 32 : 128) - prefix);
  return ip.family === first.family && ip.value >> hostBits === first.value >> hostBits;
}

/** @param table /proc/net/ipv6_route: destination, prefix length, ... flags, device, without blanks in them */
export function localPrefixes6(table: string): LocalPrefix[] {
  return table.split("\n").flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const [address = "", length = "", flags = "", device = ""] = [
      fields[0],
      fields[1],
      fields[8],
      fields[9],
    ];
    const prefix = Number.parseInt(length, 16);
    const isLocal = (Number.parseInt(flags, 16) & localRoute) !== 0;
    if (device !== "lo" || !isLocal || !(prefix > 0 && prefix < 128)) return [];
    return [{ first: { family: 6, value: BigInt(`0x${address}`) } as const, prefix }];
  });
}

/** @param table /proc/net/fib_trie: an address in one line, its routes in those that follow */
export function localPrefixes4(table: string): LocalPrefix[] {
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
